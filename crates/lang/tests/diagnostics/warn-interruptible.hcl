# A newer build that cancels one in the middle of a put.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "publish" {
  interruptible = true
  get "git" "app" { trigger = true }
  put "git" "app" {
    tag = "v1"
  }
}
job "deploy" {
  interruptible = true
  serial_groups = ["production"]
  get "git" "app" { trigger = true }
}
