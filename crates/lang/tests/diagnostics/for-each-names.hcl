# Names of instances, and what refers to them.
resource "git" "svc" {
  for_each = toset(["api", "web"])
  params {
    url = "https://example.org/${each.key}"
  }
}
resource "git" "svc--api" {
  params {
    url = "https://example.org/other"
  }
}
resource "git" "broken" {
  for_each = ["api"]
  params {
    url = "https://example.org/${each.key}"
  }
}
job "test" {
  for_each = toset(["api", "web"])
  get "git" "svc" {
    resource = "svc--${each.key}"
    trigger  = true
  }
  get "git" "same" {
    resource = "svc--${each.key}"
  }
  task "make" {
    run "shell" { cmd = "make" }
  }
}
job "broken" {
  for_each = null
}
job "deploy" {
  get "git" "svc" {
    trigger = true
  }
  get "git" "a" {
    resource = "svc--api"
    passed   = ["test"]
  }
  get "git" "b" {
    resource = "svc--web"
    passed   = ["test--web", "broken", "broken--x", "test--wbe"]
  }
  get "git" "c" {
    resource = "broken--api"
  }
  get "git" "d" {
    resource = "svc--${build.id}"
  }
  task "t" {
    for_each = toset(["a"])
    run "shell" { cmd = "true" }
  }
  task "u" {
    env {
      A = task.t.X
      B = task["t--a"].X
    }
    run "shell" { cmd = "true" }
  }
}
job "test" {
}
job "self" {
  for_each = toset(["a", "b"])
  get "git" "svc" {
    resource = "svc--web"
    passed   = ["self"]
  }
}
