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
