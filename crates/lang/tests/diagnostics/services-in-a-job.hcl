# Services of a job.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  service "postgresql" {
    version = "17"
    pasword = "x"
    params {
      user = "app"
    }
  }
  service "postgresql" {
  }
  service "redis" "cache" {
    password = task.make.PASSWORD
  }
  service "redis" "a-b" {
  }
  service "redis" "a_b" {
  }
  service "mariadb" {
  }
  service "postgrsql" {
  }
  task "make" {
    service "redis" {
    }
    run "shell" { cmd = "make" }
  }
}
