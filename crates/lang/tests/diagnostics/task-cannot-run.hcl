resource "git" "app" {
  params {
    url = "https://example.org/app.git"
  }
}

runner_type "bash" {
  run {
    path = "/bin/bash"
    args = ["-ec", "$cmd"]
  }
}

runner_type "any" {
  run {
    path = "$program"
  }
}

job "test" {
  get "git" "app" { trigger = true }
  task "a" {
    run "shell" {
    }
  }
  task "b" {
    run "shell" {
      cmd  = "true"
      file = "x.sh"
    }
  }
  task "c" {
    dir = "app"
    run "bash" { cmd = "true" }
  }
  task "d" {
    run "any" { args = [] }
  }
  task "e" {
    dir = "../elsewhere"
    run "shell" { cmd = "true" }
  }
}
