resource "git" "app" {
  params {
    url = "https://example.org/app.git"
  }
}

job "build" {
  get "git" "app" { trigger = true }
}

job "lint" {
  task "a" {
    run "shell" { cmd = "true" }
  }
}

job "deploy" {
  get "git" "app" {
    passed = ["biuld", "lint", "deploy"]
  }
  get "git" "web" {
    trigger = true
  }
}
