job "test" {
  task "unit" {
    run "shell" { cmd = "y" }
  

job "b" {
  task "unit" {
    run "shell" { cmd = "y" }
  }
}
