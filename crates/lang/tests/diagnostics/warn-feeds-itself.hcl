# A job that is triggered by what it puts.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "bump" {
  get "git" "app" { trigger = true }
  put "git" "app" {
    branch = "main"
  }
}
# A tag is no version of the branch that is watched.
job "release" {
  get "git" "app" { trigger = true }
  put "git" "app" {
    tag = "v1"
  }
}
