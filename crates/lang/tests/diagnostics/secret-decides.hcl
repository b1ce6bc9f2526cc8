# A secret cannot decide, be compared or shape a pipeline.
variable "token" {
  secret "vault" {
    path = "secret/data/ci"
    key  = "token"
  }
}
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}

locals {
  mode = var.token == "x" ? "a" : "b"
  many = [for letter in split("", var.token) : letter]
  next = var.token + 1
}
job "test" {
  get "git" "app" { trigger = true }
  task "t" {
    env {
      DEBUG = var.token ? "1" : "0"
    }
    run "shell" { cmd = "make" }
  }
}
