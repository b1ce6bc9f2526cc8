resource "git" "app" {
  params {
    url = "https://example.org/app.git"
  }
}

resource "git" "app" {
  params {
    url = "x"
  }
}

job "test" {
  get "git" "app" { trigger = true }
  get "git" "app" { trigger = true }
}

job "test" {
}

locals {
  a = 1
}

locals {
  a = 2
}

runner_type "x" {
  run {
    path = "x"
  }
}

runner_type "x" {
  run {
    path = "x"
  }
}
