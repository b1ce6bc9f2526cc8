resource "git" "app" {
  params {
    url = "https://example.org/app.git"
  }
}

job "build" {
  get "git" "app" {
  }
}

job "deploy" {
  get "git" "app" {
    passed = ["build"]
  }
}

job "nothing" {
}
