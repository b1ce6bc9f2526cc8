variable "a" {
  type = strng
}

locals {
  b = local.c
  c = local.d
  d = local.b
}

resource "git" "app" {
  params {
    urll = "x"
  }
  check_interval = "often"
}

jobb "test" {}

job "deploy" {
  get "git" "ap" { trigger = true }
  task "deploy" {
    run "dcoker" {
      image = "alpine"
      cmd   = upperr("x")
    }
  }
  timeout = "tomorrow"
}
