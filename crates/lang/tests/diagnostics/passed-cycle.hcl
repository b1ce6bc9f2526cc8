resource "git" "app" {
  params {
    url = "https://example.org/app.git"
  }
}

job "a" {
  get "git" "app" {
    trigger = true
    passed  = ["b"]
  }
}

job "b" {
  get "git" "app" {
    trigger = true
    passed  = ["c"]
  }
}

job "c" {
  get "git" "app" {
    trigger = true
    passed  = ["a"]
  }
}
