#!/usr/bin/env bash
# TERM while ten builds run: they finish, and the exit is 0. With a deadline they end as errored, and their services are
# stopped. A second signal cancels. SIGSTOP of the server for a while ends no lease.
. "$(dirname "$0")/lib.sh"
readonly MARK=87654.$$
# How long the server stands still.
readonly STILL=${STILL:-90}

cat >pipeline.hcl <<HCL
service_type "thing" {
  params = []
  start "exec" {
    path = "/bin/sh"
    args = ["-ec", "echo started >>$SHOW/services; (sleep $MARK &)"]
  }
  stop "exec" {
    path = "/bin/sh"
    args = ["-ec", "echo stopped >>$SHOW/services"]
  }
  isolated = true
}

job "work" {
  task "work" {
    run "shell" {
      cmd = <<-SH
        echo begun >>$SHOW/begun
        until [ -e $SHOW/go ]; do sleep 0.05; done
        echo done
      SH
    }
  }
}

job "served" {
  service "thing" {}
  task "work" {
    run "shell" { cmd = "echo begun >>$SHOW/begun; sleep $MARK" }
  }
  ensure "shell" { cmd = "echo hook >>$SHOW/services" }
}
HCL
arguments=(--pipeline-config pipeline.hcl --pipeline-name drain --slots 10)
begun() { [ "$(wc -l <"$SHOW/begun")" = "$1" ]; }
ends_with() { local actual=0; wait "$SERVER" || actual=$?; same "the server's exit code" "$actual" "$1"; }

step 'TERM while ten builds run, and two wait'
touch begun
server sqlite "${arguments[@]}"
for _ in $(seq 12); do ctl job trigger drain/work >/dev/null; done
wait_for 30 'ten builds at work' begun 10
kill -TERM "$SERVER"
wait_for 10 'the word of the server' holds server.log draining
same '/readyz' "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/readyz")" 503
same 'builds that run' "$(ctl job list --output json | jq '.items[] | select(.name == "work") | .running')" 10
touch go
ends_with 0
server sqlite "${arguments[@]}"
for number in $(seq 10); do same "work #$number" "$(status drain/work "$number")" succeeded >/dev/null; done
sees 'work #1 to #10: succeeded'
wait_for 30 'the end of the two that waited' ended drain/work 12
same 'the two that waited' "$(status drain/work 11) $(status drain/work 12)" 'succeeded succeeded'
stop "$SERVER"

step 'TERM with a deadline'
: >begun; : >services
server sqlite "${arguments[@]}" --drain-timeout 1s
for _ in 1 2 3; do ctl job trigger drain/served >/dev/null; done
wait_for 30 'three builds at work' begun 3
kill -TERM "$SERVER"
ends_with 0
same 'what services and hooks said' "$(sort services | uniq -c | xargs)" '3 hook 3 started 3 stopped'
wait_for 20 'the end of all processes' none_of "$MARK"
server sqlite "${arguments[@]}"
for number in 1 2 3; do
  same "served #$number" "$(build drain/served "$number" | jq -r '.status + ": " + .message')" 'errored: worker stopped'
done
stop "$SERVER"

step 'TERM, and TERM again'
: >begun; : >services
server sqlite "${arguments[@]}"
ctl job trigger drain/served >/dev/null
wait_for 30 'a build at work' begun 1
kill -TERM "$SERVER"
wait_for 10 'the word of the server' holds server.log draining
kill -TERM "$SERVER"
ends_with 0
server sqlite "${arguments[@]}"
same 'served #4' "$(status drain/served 4)" cancelled

step "SIGSTOP for $STILL seconds"
: >begun; rm -f go
ctl job trigger drain/work >/dev/null
wait_for 30 'a build at work' begun 1
kill -STOP "$SERVER"
sleep "$STILL"
kill -CONT "$SERVER"
touch go
wait_for 30 'its end' ended drain/work 13
same 'work #13' "$(status drain/work 13)" succeeded

step 'who else may use the file'
code 'a second server on the same file' 3 "$PIKOCI" server --db-system sqlite --port 0
sees "$(cat err)"
stop "$SERVER"
sqlite3 pikoci.db "UPDATE meta SET value = '999' WHERE name = 'schema'"
code 'a file of a newer version' 3 "$PIKOCI" server --db-system sqlite --port 0
sees "$(cat err)"
