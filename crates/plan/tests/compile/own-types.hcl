locals {
  word = "hi"
}

resource_type "clock" {
  param "zone" {
    default = "UTC"
  }

  check "box" {
    script  = "echo '[{\"at\": 1}]' ${local.word}"
    timeout = "10s"
  }

  pull "exec" {
    path    = "date"
    timeout = "20s"
  }
}

resource_type "pushed" {
}

resource "clock" "now" {
  params {
    other = "dropped"
  }
}

resource "pushed" "release" {
}

runner_type "box" {
  mounts {
    WORKDIR = "/w"
  }
  run {
    path = "box"
    args = ["run", "$step", "$env", "$script"]
  }
  stop {
    path = "box"
    args = ["stop", "$step"]
  }
  error_codes = [125, 126]
}

job "tell" {
  get "clock" "now" { trigger = true }
  get "pushed" "release" {
  }
  task "nothing" {
    run "box" { script = { a = 1 } }
  }
}
