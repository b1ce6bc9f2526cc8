# Values of a build are known in steps, hooks and services only.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
locals {
  ref = get.app.ref
}
resource "git" "other" {
  params {
    url    = "https://example.org/other"
    branch = build.job
  }
}
job "test" {
  get "git" "app" { trigger = true }
  description = "tests ${get.app.ref}"
  task "t" {
    run "shell" { cmd = "make" }
  }
}
