# `runner` inside a type runs all its commands.
resource_type "a" {
  check "exec" {
    path = "check"
  }
  runner "docker" {
    cmd = "x"
  }
}
resource_type "b" {
  check "exec" {
    path = "check"
  }
  runner "docker" {
  }
}
resource_type "c" {
  check "exec" {
    path = "check"
  }
  runner {
    image = "alpine"
  }
}
