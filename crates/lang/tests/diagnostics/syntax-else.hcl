job "test" {
  if "a" {
    condition = true
  } else {
  }
}
