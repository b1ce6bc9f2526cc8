resource "git" "app" {
  params {
    url = "https://example.org/app.git"
  }
}

resource "git" "web" {
  params {
    url    = "https://example.org/web.git"
    brunch = "main"
  }
}

job "test" {
  get "git" "app" { trigger = true }
  get "git" "web" { trigger = true }
  task "a" {
    run "docker" {
      img   = "alpine"
      image = "alpine"
      cmd   = "true"
    }
  }
}
