name        = "trigger"
description = "A signal: what one job puts starts others, also those of other pipelines of the team."

resource_type "trigger" {
  push "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin trigger push"]
  }
}
