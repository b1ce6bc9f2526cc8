job "a" {
  for_each = toset(["x"])
  get "git" "svc-${each.key}" {
    trigger = true
  }
}
