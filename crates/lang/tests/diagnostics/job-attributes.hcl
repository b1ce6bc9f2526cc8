# What a job says about itself.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "a" {
  concurrency    = -1
  serial_groups  = ["deploy", "team/", "a b#"]
  tags           = "big"
  interruptible  = "waitin"
  on_worker_loss = "rerty"
  disable_retry  = "perhaps"
  untrusted      = "alow"
  allow_failure  = 2
  get "git" "app" { trigger = true }
}
