# `version` of a get.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "a" {
  get "git" "app" {
    trigger = true
    version = "lates"
  }
}
job "b" {
  get "git" "app" {
    trigger = true
    version = [1]
  }
}
job "c" {
  get "git" "app" {
    trigger = true
    version = build.number
  }
}
