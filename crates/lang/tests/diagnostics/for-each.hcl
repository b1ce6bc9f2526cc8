# What cannot be instances.
variable "token" {
  sensitive = true
  default   = "x-1234"
}
job "empty" {
  for_each = {}
}
job "list" {
  for_each = ["a", "b"]
}
job "text" {
  for_each = "a"
}
job "secret" {
  for_each = toset([var.token])
}
job "deep" {
  for_each = toset([["a"]])
}
job "slugs" {
  for_each = { "a b" = 1, "a/b" = 2 }
}
job "nameless" {
  for_each = toset(["ok", "/"])
}
job "long" {
  for_each = toset([join("", range(60))])
}
job "many" {
  for_each = toset(range(300))
}
job "both" {
  for_each = toset(["a"])
  matrix {
    os = ["linux"]
  }
}
job "axis" {
  matrix {
    os = "linux"
  }
}
job "axis-empty" {
  matrix {
    os = []
    go = ["1.25"]
  }
}
job "no-axis" {
  matrix {
  }
}
job "axes" {
  matrix {
    a = range(20)
    b = range(20)
  }
}
job "joined" {
  matrix {
    a = ["x", "x-y"]
    b = ["y-z", "z"]
  }
}
job "block" {
  matrix {
    os = ["linux"]
    exclude {
    }
  }
}
job "known" {
  for_each      = toset(["a"])
  max_in_flight = each.key == "a" ? 1 : 2
  description   = each.name
  task "t" {
    for_each = { late = build.id, other = task.t.X }
    run "shell" { cmd = "true" }
  }
  task "u" {
    for_each = build.id
    run "shell" { cmd = "true" }
  }
}
job "single" {
  description = each.key
  matrix      = { os = ["linux"] }
}
