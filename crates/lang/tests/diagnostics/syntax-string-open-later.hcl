job "test" {
  task "unit" {
    run "shell" { cmd = "echo hello }
  }
  task "b" {
    run "shell" { cmd = "true" }
  }
}
