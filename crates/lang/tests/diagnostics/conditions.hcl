# Conditions as texts.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
variable "token" {
  secret "vault" {
    path = "secret/data/ci"
    key  = "token"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  if {
    condition = "$GET_APP_BRANCH = main"
    task "t0" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = "$GET_APP_BRANCH =="
    task "t1" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = "($GET_APP_BRANCH"
    task "t2" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = "$GET_APP_BRANCH == 'main"
    task "t3" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = "$GET_APP_COUNT >= 5"
    task "t4" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = "!$GET_APP_DRAFT"
    task "t5" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = "$GET_APP_BRANCH == ${get.app.branch}"
    task "t6" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = "$X == ${var.token}"
    task "t7" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = var.token
    task "t8" {
      run "shell" { cmd = "make" }
    }
  }
  if {
    condition = [1]
    task "t9" {
      run "shell" { cmd = "make" }
    }
  }
}
