job "build" {
  get "git" "app" { trigger = true }
}
