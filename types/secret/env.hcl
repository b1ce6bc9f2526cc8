name        = "env"
description = "Secrets in the worker's environment."

secret_type "env" {
  param "path" {
    description = "the name of the variable, for variables of the pipeline that give none"
  }

  get "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin env get"]
  }
}
