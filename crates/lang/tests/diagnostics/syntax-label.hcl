job "test-${var.name}" {
}
