job "test" {
  timeout = "1m"
  timeout = "2m"
}
