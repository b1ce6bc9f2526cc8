job "test" {
  task "a" {
    run "shell" {
      cmd = "curl -w '%{http_code}' localhost"
    }
  }
}
