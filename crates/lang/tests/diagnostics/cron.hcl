# Schedules.
resource "git" "a" {
  params {
    url = "https://example.org/a"
  }
  check_interval = "@every 100ms"
}
resource "git" "b" {
  params {
    url = "https://example.org/b"
  }
  check_interval = "* * * *"
}
resource "git" "c" {
  params {
    url = "https://example.org/c"
  }
  check_interval = "99 * * * *"
}
resource "git" "d" {
  params {
    url = "https://example.org/d"
  }
  check_interval = "CRON_TZ=Mars 0 6 * *"
}
resource "git" "e" {
  params {
    url = "https://example.org/e"
  }
  check_interval = "@fortnightly"
}
resource "git" "f" {
  params {
    url = "https://example.org/f"
  }
  check_interval = 5
}
resource "git" "g" {
  params {
    url = "https://example.org/g"
  }
  check_interval = "CRON_TZ=Europe/Berlim 0 6 * * *"
}
resource "git" "h" {
  params {
    url = "https://example.org/h"
  }
  check_interval = "0 0 30 2 *"
}
resource "cron" "i" {
}
resource "cron" "j" {
  params {
    zone = "UTC"
  }
  check_interval = "never"
}
job "k" {
  put "cron" "i" {
  }
}
resource "trigger" "l" {
  params {
    ref = "main"
  }
}
