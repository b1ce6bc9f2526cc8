# No process can be given a NUL character.
resource "git" "app" {
  params {
    url = "https://example.org/a\u0000pp"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "t" {
    env {
      A = "a\u0000b"
    }
    run "exec" {
      path = "true"
      args = ["x\u0000"]
    }
  }
}
