job "test" {
  description = "one task for each built-in runner"
  timeout     = "30m"

  task "exec" {
    run "exec" {
      path = "make"
      args = ["test", 1, true]
    }
  }

  task "shell" {
    dir     = "app"
    timeout = "1m"
    env {
      LEVEL = 3
      TAGS  = ["a", "b"]
    }
    run "shell" {
      cmd = "make test"
    }
  }

  task "docker" {
    run "docker" {
      image   = "golang:1.25"
      cmd     = "make test"
      args    = ["-v", "/cache:/cache"]
      timeout = "5m"
    }
  }
}
