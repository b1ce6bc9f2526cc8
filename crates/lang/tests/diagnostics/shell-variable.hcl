job "test" {
  task "a" {
    run "shell" {
      cmd = "cp -r app ${HOME}"
    }
  }
}
