# What shapes a plan is known when the pipeline is loaded.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  get "git" "other" {
    trigger = get.app.trigger
    passed  = [get.app.job]
  }
  in_parallel {
    limit = get.app.limit
    task "t" {
      timeout = get.app.timeout
      outputs = get.app.outputs
      env {
        FILES = [for name in get.app.files : name]
        ALL   = get.app.list[*].name
        TEXT  = file(get.app.path)
      }
    run "shell" { cmd = "make" }
    }
  }
}

resource "git" "other" {
  params {
    url = "https://example.org/other"
  }
}
