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
