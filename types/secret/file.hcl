name        = "file"
description = "Secrets in a file of the worker's host."

secret_type "file" {
  param "path" {
    description = "the whole path of the file, for variables that give none"
  }

  param "format" {
    description = "json, yaml, env or raw; without it what the file's extension says, and raw for others"
  }

  get "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin file get"]
  }
}
