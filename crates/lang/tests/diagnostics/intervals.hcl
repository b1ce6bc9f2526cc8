resource "git" "a" {
  params {
    url = "x"
  }
  check_interval = "10ms"
}

resource "git" "b" {
  params {
    url = "x"
  }
  check_interval = "*/5 * * * *"
}

job "test" {
  timeout = "5"
  get "git" "a" {
    trigger = "sometimes"
  }
}
