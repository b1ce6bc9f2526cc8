resource "git" "ci" {
  params {
    url = "https://example.org/one/app.git"
  }
}

resource "git" "app" {
  params {
    url = "https://example.org/two/app"
  }
}

job "test" {
  get "git" "ci" { trigger = true }
  get "git" "app" { trigger = true }
  task "unit" {
    run "shell" { cmd = "true" }
  }
  task "unit" {
    run "shell" { cmd = "true" }
  }
}
