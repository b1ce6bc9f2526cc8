# The last pipeline of the article that PikoCI was made for: a git repository that is watched, a password out of Vault, a
# PostgreSQL that starts with it, and a task in a container. The variable `url` is there only because hosts differ.

variable "url" {
  default     = "https://github.com/org/app"
  description = "the repository"
}

resource_type "git" {
  source = "pikoci://git"
}

resource "git" "my-app" {
  params {
    url  = var.url
    name = "app"
  }
  check_interval = "@every 1m"
}

secret_type "vault" {
  source = "pikoci://vault"
}

variable "db_password" {
  secret "vault" {
    path = "secret/data/db"
    key  = "password"
  }
}

service_type "postgresql" {
  source = "pikoci://postgresql"
}

job "test" {
  get "git" "my-app" { trigger = true }
  service "postgresql" {
    version  = "17"
    port     = "5432"
    password = var.db_password
  }
  task "run-tests" {
    run "docker" {
      image = "golang:1.25"
      cmd   = "cd app && make integration-test"
      args  = ["-v", "/cache/go:/root/go/pkg/mod"]
    }
  }
}
