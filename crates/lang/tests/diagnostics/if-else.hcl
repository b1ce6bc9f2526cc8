# An `if`, and what follows it.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  else {
    task "lost" {
    run "shell" { cmd = "make" }
    }
  }
  if "release" {
    condition = "$GET_APP_TAG != ''"
    task "a" {
    run "shell" { cmd = "make" }
    }
  }
  else {
  }
  else_if {
    condition = "true"
  }
  if {
    task "b" {
    run "shell" { cmd = "make" }
    }
  }
  else {
    condition = "true"
  }
}
