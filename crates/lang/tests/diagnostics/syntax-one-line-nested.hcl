job "test" {
  task "a" { run "shell" { cmd = "true" } }
}
