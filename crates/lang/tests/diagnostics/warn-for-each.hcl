# What bites, told once for all instances.
job "test" {
  for_each = toset(["a", "b"])
  service "redis" {
    port = "6379"
  }
  task "t" {
    run "shell" { cmd = "true" }
  }
  task "t" {
    run "shell" { cmd = "echo $TASK_U_X" }
  }
}
job "nothing" {
  matrix {
    a = [1, 2]
  }
}
