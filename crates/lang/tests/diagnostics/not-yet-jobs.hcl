# Words of a job that follow later.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "a" {
  group    = "x"
  env {
    A = 1
  }
  approve "it" {
  }
  input "tag" {
  }
  notify "slack" "x" {
  }
  get "git" "app" {
    trigger  = true
    finished = ["b"]
    paths    = ["src/**"]
    dir      = "x"
  }
  task "t" {
    cache "go" {
    }
    run "shell" { cmd = "make" }
  }
}
