# A variable of a step that no step gives.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  task "was" {
    run "shell" { cmd = "echo STATUS=ok >>$PIKOCI_OUTPUT" }
  }
  task "use" {
    run "shell" { cmd = "echo $TASK_WSA_STATUS $GET_APPP_REF $SERVICE_DB_HOST $TASK_WAS_STATUS" }
  }
  if {
    condition = "$TASK_WAZ_STATUS == ok"
    task "more" {
    run "shell" { cmd = "make" }
    }
  }
}
