# What shapes the pipeline must be known when it is loaded.
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

resource "git" "other" {
  params {
    url = "https://x:${var.token}@example.org/other"
  }
  check_interval = var.token
}
job "test" {
  get "git" "app" { trigger = true }
  timeout = var.token
  task "t" {
    timeout = "${var.token}s"
    run "shell" { cmd = "make" }
  }
}
