resource "git" "app" {
  params {
    url    = "https://example.org/org/web-app.git"
    branch = "main"
  }
  check_interval = "@every 10s"
}

job "test" {
  get "git" "app" {
    trigger = true
    timeout = "2m"
  }
}
