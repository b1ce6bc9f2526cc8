job "test" {
  description = <<EOT
    never ends
}
