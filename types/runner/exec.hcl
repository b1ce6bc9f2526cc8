name        = "exec"
description = "Starts a program on the worker, as it is."

runner_type "exec" {
  param "path" {
    required    = true
    description = "the program"
  }

  param "args" {
    description = "its arguments, a list"
  }

  run {
    path = "$path"
    args = ["$args"]
  }
}
