# A fixed port, for which builds wait.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "a" {
  concurrency = 4
  get "git" "app" { trigger = true }
  service "postgresql" { port = "5432" }
}
job "b" {
  get "git" "app" { trigger = true }
  service "postgresql" { port = 5432 }
}
job "c" {
  get "git" "app" { trigger = true }
  service "redis" { port = 6379 }
  service "redis" "second" { port = 6379 }
}
