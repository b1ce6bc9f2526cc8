job "test" {
  timeuot = "1m"
}
