# Calls are checked also where only a build knows the values.
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
  task "t" {
    env {
      A = uper(get.app.ref)
      B = base64encode(var.token, 1)
      C = { (get.app.ref) = 1 }
      D = "%{ if get.app.draft }draft%{ endif }"
      E = get.app.ref[*]
      F = templatefile(get.app.path, {})
      G = "${[get.app.ref]}"
    }
    run "shell" { cmd = "make" }
  }
}
