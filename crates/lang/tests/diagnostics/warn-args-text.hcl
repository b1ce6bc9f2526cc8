# Nothing splits a text at its spaces: arguments are a list.
job "test" {
  task "one" {
    run "docker" {
      image = "alpine"
      cmd   = "make"
      args  = "-v /cache:/cache"
    }
  }
  task "two" {
    run "exec" {
      path = "make"
      args = "test"
    }
  }
}
