# The service of the article that PikoCI was made for: a database that runs beside the tasks, defined in place. The variable
# `url` is there only because hosts differ, and the clone stands in the folder in which `make` starts.

variable "url" {
  default     = "https://github.com/org/app"
  description = "the repository"
}

resource "git" "my-app" {
  params {
    url  = var.url
    name = "."
  }
  check_interval = "@every 1m"
}

service_type "postgres" {
  # source = "pikoci://postgres" — or define inline
  start "exec" {
    path = "/bin/sh"
    args = ["-ec", "docker run -d --name db -p 5432:5432 postgres:16"]
  }
  ready_check "exec" {
    path    = "/bin/sh"
    args    = ["-ec", "pg_isready -h localhost"]
    timeout = "30s"
  }
  stop "exec" {
    path = "/bin/sh"
    args = ["-ec", "docker rm -f db"]
  }
}

job "integration" {
  service "postgres" {}
  get "git" "my-app" { trigger = true }
  task "test" {
    run "exec" {
      path = "make"
      args = ["integration-test"]
    }
  }
}
