job {
}

job "a" "b" {
}

resource "git" {
}

job "a/b" {
}

locals "x" {
}
