resource_type "a" {
  source = "pikoci://gti"
}

resource_type "b" {
  source = "https://example.org/b.hcl"
}

resource_type "c" {
  source = "../c.hcl"
}

resource_type "d" {
  source = "types/d.hcl"
}

resource_type "e" {
  source = "types/broken.hcl"
}

resource_type "f" {
  source = "git"
}

resource_type "g" {
  source = "pikoci://git"
  check "exec" {
    path = "true"
  }
}

runner_type "h" {
  source = "types/two.hcl"
}

runner_type "i" {
  source = "gopher://x"
}

resource "a" "app" {
}
