job "test" {
  description = "never ends
}
