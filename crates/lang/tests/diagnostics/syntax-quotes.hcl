job "test" {
  timeout = '1m'
}
