# What every step takes.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "t" {
    timeout       = "ten minutes"
    attempts      = 1.5
    backoff       = 5
    allow_failure = "no"
    retries       = 3
    run "shell" { cmd = "make" }
  }
  in_parallel {
    limit     = "two"
    fail_fast = 7
  }
  do {
    trigger = true
  }
}
