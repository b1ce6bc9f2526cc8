# Hooks: labelled with a runner, or steps of every kind but `get`.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "t" {
    run "shell" { cmd = "make" }
    on_failure "shel" {
      cmd = "true"
    }
    on_failure {
      get "git" "app" {
      }
      shell "x" {
      }
    }
    on_fail {
    }
  }
  ensure "shell" "docker" {
    cmd = "true"
  }
  on_success "shell" {
  }
}
