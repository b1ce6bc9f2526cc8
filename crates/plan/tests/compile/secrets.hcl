secret_type "vault" {
  source  = "pikoci://vault"
  address = "https://vault.example.org"
  token   = var.vault_token
}

variable "vault_token" {
  secret "file" {
    path = "/run/secrets/${var.host}"
  }
}

variable "host" {
  default   = "builder"
  sensitive = true
}

variable "password" {
  type = string
  secret "vault" {
    path = "secret/data/db"
    key  = "password"
  }
}

variable "unused" {
  secret "env" {
    path = "UNUSED"
  }
}

resource "git" "app" {
  params {
    url      = "https://example.org/app"
    username = "ci"
    password = var.unused
    token    = "x-${var.password}"
  }
  check_interval = "*/5 * * * *"
}

job "test" {
  get "git" "app" { trigger = true }
  task "use" {
    env {
      BASIC = base64encode("ci:${var.password}")
      PLAIN = "text"
    }
    run "shell" { cmd = "make" }
  }
}

job "nothing" {
  task "use" {
    run "shell" { cmd = "make" }
  }
}
