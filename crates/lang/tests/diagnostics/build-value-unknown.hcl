# A step that is not there, or comes later.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "first" {
    env {
      A = get.ap.ref
      B = task.second.TAG
      C = task.secnd.TAG
      D = build.nummer
      E = build.status
      F = input.tag
      G = service.db.host
      H = get.app
      I = get
    }
    run "shell" { cmd = "make" }
  }
  task "second" {
    run "shell" { cmd = "make" }
  }
}
