variable "image" {
}

resource "git" "app" {
}

runner_type "mine" {
}

runner_type "yours" {
  run {
    args = ["x"]
  }
}

job "test" {
  get "git" "app" { trigger = true }
  task "nothing" {
  }
  task "no-image" {
    run "docker" { cmd = "true" }
  }
}
