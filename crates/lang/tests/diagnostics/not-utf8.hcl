job "tÿ" {
}
