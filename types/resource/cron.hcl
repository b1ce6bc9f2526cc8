name        = "cron"
description = "A clock: its `check_interval` is a schedule, and each time of it is a version."

// It has no commands: the server makes its versions itself.
resource_type "cron" {
}
