job "test" {
  get "git" "app" { trigger = true passed = ["build"] }
}
