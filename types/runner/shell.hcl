name        = "shell"
description = "Runs a script on the worker."

runner_type "shell" {
  param "cmd" {
    description = "the script"
  }

  param "file" {
    description = "a file with the script, instead of `cmd`; a relative path begins in the task's directory"
  }

  param "shell" {
    default     = "/bin/sh"
    description = "the program that reads it; it must take `-e`"
  }

  run {
    path = "$shell"
    args = ["-e", "$cmd_file", "$file"]
  }
}
