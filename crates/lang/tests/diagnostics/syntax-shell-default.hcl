job "test" {
  task "a" {
    run "shell" {
      cmd = "echo ${HOME:-/root}"
    }
  }
}
