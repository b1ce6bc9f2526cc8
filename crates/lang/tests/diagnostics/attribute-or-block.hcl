resource "git" "app" {
  params = {
    url = "x"
  }
}

job "test" {
  timeout {
  }
  task "a" {
    run "shell" { cmd = "true" }
    env = { A = 1 }
  }
}
