resource "git" "a.b" {
  params {
    url = "x/y"
  }
}

resource "git" "a-b" {
  params {
    url = "x/z"
  }
}

job "test" {
  get "git" "a.b" { trigger = true }
  get "git" "a-b" { trigger = true }
}

job "../up" {
}

job "" {
}
