# A service type.
service_type "db" {
  start "exec" {
    path = "start"
  }
  ready "exec" {
    path = "ready"
  }
  ready_check "exec" {
    path     = "ready"
    timeout  = "soon"
    interval = "1 s"
  }
  isolated = "maybe"
}
service_type "other" {
  source = "pikoci://redis"
  stop "exec" {
    path = "stop"
  }
}
