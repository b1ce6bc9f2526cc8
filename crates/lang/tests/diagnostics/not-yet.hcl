secret_type "vault" {
  source = "pikoci://vault"
}

variable "password" {
  secret "vault" {
    path = "x"
    key  = "y"
  }
  sensitive = true
  default   = "x"
}

resource "semver" "version" {
}

job "test" {
  concurrency = 1
  service "postgresql" {}
  put "git" "app" {}
  in_parallel {
    task "a" {
      run "exec" { path = "true" }
    }
  }
  on_failure "exec" { path = "true" }
  task "b" {
    attempts = 2
    run "exec" { path = "true" }
    ensure {
    }
  }
}

defaults {
}
