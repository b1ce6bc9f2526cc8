job "test-${each.key}" {
  for_each = toset(["x"])
}
