resource "git" "app" {
  params {
    url = "https://example.org/app.git"
  }
}

runner_type "podman" {
  run {
    path = "/usr/bin/podman"
    args = ["run", "--rm", "$image", "/bin/sh", "-c", "cd /work && $cmd"]
  }
}

job "test" {
  get "git" "app" { trigger = true }
  task "a" {
    run "podman" {
      image   = "alpine:$GET_APP_REF"
      cmd     = "echo $GET_APP_REF"
      args    = ["--network", "host"]
      network = "host"
    }
    env {
      TOKEN = "x"
    }
  }
  task "b" {
    dir = "$GET_APP_REF"
    run "exec" {
      path = "/bin/sh"
      args = ["-ec", "echo $GET_APP_REF"]
    }
  }
}
