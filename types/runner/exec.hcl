name        = "exec"
description = "Starts a program on the worker, as it is."

runner_type "exec" {
  params = ["path", "args"]

  param "path" {
    required    = true
    description = "the program"
  }

  run {
    path = "$path"
    args = ["$args"]
  }
}
