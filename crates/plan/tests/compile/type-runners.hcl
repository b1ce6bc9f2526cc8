variable "token" {
  default   = "it's long enough"
  sensitive = true
}

resource_type "watched" {
  params = ["url"]
  check "exec" {
    path    = "/bin/sh"
    args    = ["-ec", "echo '[]'", "a b", var.token]
    timeout = "30s"
  }
  pull "shell" {
    cmd = "fetch \"$param_url\""
  }
  runner "docker" {
    image = "alpine:3"
  }
}

resource_type "git" {
  source = "pikoci://git"
  runner "docker" {
    image = "alpine/git"
  }
}

service_type "own" {
  params = ["port"]
  start "exec" {
    path = "start"
  }
  ready_check "exec" {
    path     = "ready"
    timeout  = "20s"
    interval = "2s"
  }
  stop "exec" {
    path = "stop"
  }
}

resource "watched" "it" {
}

resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}

job "test" {
  service "own" {
  }
  service "own" "fixed" {
    port = 8080
  }
  get "watched" "it" { trigger = true }
  get "git" "app" {
  }
}
