task "unit" {
  run "shell" { cmd = "true" }
}

job "test" {
  needs = ["build"]
  run "shell" { cmd = "true" }
  resource "git" "app" {
  }

  task "unit" {
    cmd = "true"
    env {
      A = yes
    }
    run "shell" { cmd = "true" }
  }
  if {
    condition = "$BUILD_NUMBER == 1"
    task "first" {
      run "shell" { cmd = "true" }
    }
  }
  else if {
    task "later" {
      run "shell" { cmd = "true" }
    }
  }
}

resource "git" "a/b" {
}
