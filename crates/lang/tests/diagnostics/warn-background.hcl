# A container ends with its first process.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "start" {
    run "docker" {
      image = "alpine"
      cmd   = "./server --port 8080 &"
    }
  }
}
