# Steps side by side do not know each other.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  in_parallel {
    task "a" {
    run "shell" { cmd = "make" }
    }
    task "b" {
      env {
        TAG = task.a.TAG
      }
    run "shell" { cmd = "make" }
    }
  }
  task "c" {
    env {
      TAG = task.a.TAG
    }
    run "shell" { cmd = "make" }
  }
}
