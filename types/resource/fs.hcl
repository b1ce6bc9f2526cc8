name        = "fs"
description = "A file or a directory of the worker's host."

resource_type "fs" {
  param "path" {
    required    = true
    description = "the whole path of the file or directory"
  }

  param "name" {
    description = "what it is called below `$WORKDIR`; without it the resource's name, and for a directory `.` is `$WORKDIR` itself"
  }

  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin fs check"]
  }

  pull "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin fs pull"]
  }
}
