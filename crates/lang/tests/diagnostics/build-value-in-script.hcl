# What only a build knows never stands in text that a shell parses.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "a" {
    run "shell" { cmd = "echo ${get.app.ref}" }
  }
  task "b" {
    run "exec" {
      path = "/bin/sh"
      args = ["-ec", "echo $0 ${get.app._message}", get.app.ref]
    }
  }
  task "c" {
    run "exec" {
      path = "/bin/bash"
      args = concat(["-lc"], [task.a.TAG])
    }
  }
}
