runner_type "mine" {
  run {
    path = "x"
    args = "y"
  }
  error_codes = ["a"]
  mounts {
    WORKDR = "/w"
  }
}

resource_type "mine" {
  params = [1, [2]]
  check "exec" {
    path = "/bin/true"
    args = "x"
  }
  param "sensitive" {
    sensitive = true
  }
}
