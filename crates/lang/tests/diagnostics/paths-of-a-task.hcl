# `inputs` and `outputs` are paths below `$WORKDIR`.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "t" {
    inputs  = ["/etc/passwd", "../x", ""]
    outputs = "dist"
    dir     = "a/../../b"
    env     = { A = 1 }
    run "shell" { cmd = "make" }
  }
}
