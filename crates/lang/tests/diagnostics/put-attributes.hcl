# A put says its attributes itself or in `params`.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
resource_type "watched" {
  check "exec" {
    path = "check"
  }
}
resource "watched" "it" {
}
job "test" {
  get "git" "app" { trigger = true }
  put "git" "app" {
    branch = "main"
    params {
      force = true
    }
  }
  put "git" "ap" {
  }
  put "watched" "it" {
  }
  put "git" {
  }
  put "git" "app" {
    resource = "other"
  }
}
