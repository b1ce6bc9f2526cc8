resource "git" "app" {
  params {
    url = "https://example.org/app.git"
  }
}

job "test" {
  get "git" "app" {
    triger = true
  }
  task "unit" {
    run "shell" { cmd = "make" }
    directory = "app"
    envv {
      A = 1
    }
  }
}
