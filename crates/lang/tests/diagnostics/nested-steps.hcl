# Steps that do not stand in each other.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  in_parallel {
    in_parallel {
      task "a" {
    run "shell" { cmd = "make" }
      }
    }
    do {
      in_parallel {
      }
    }
  }
  if {
    condition = "$GET_APP_BRANCH == main"
    if {
      condition = "true"
    }
  }
}
