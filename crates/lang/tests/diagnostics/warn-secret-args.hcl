# A secret in arguments shows in the list of processes.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
variable "token" {
  secret "vault" {
    path = "secret/data/ci"
    key  = "token"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "a" {
    run "exec" {
      path = "curl"
      args = ["-H", "Authorization: Bearer ${var.token}", "https://example.org"]
    }
  }
  task "b" {
    run "shell" { cmd = "curl -H 'X: ${var.token}' https://example.org" }
  }
}
