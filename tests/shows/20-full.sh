#!/usr/bin/env bash
# The disk of the server's ledger runs full while a build runs: the server says so, refuses what it cannot keep, and loses
# nothing; when there is room again it goes on by itself. So it is where a drain, or a kill -9, comes in between.
# The disk is a small one of its own, in a mount namespace of its own.
[ -n "${OWN_MOUNTS:-}" ] || exec env OWN_MOUNTS=1 unshare --mount "$0" "$@"
. "$(dirname "$0")/lib.sh"

mkdir disk
mount -t tmpfs -o size=8m tmpfs disk
AT_END+=("umount '$SHOW/disk'")
cat >pipeline.hcl <<HCL
job "count" {
  task "count" {
    run "shell" { cmd = "i=0; until [ -e $SHOW/enough ]; do i=\$((i + 1)); echo line \$i; echo \$i >$SHOW/counted; sleep 0.02; done" }
  }
}

job "small" {
  task "small" {
    run "shell" { cmd = "echo small" }
  }
}
HCL
start() {
  server sqlite --db-name disk/pikoci.db --pipeline-config pipeline.hcl --pipeline-name full --slots 2 "$@"
  SOCKET=$SHOW/disk/pikoci.db.sock
}
# Fills the disk to its last byte; room makes some again.
fill() { ! cat /dev/zero >disk/filler 2>/dev/null || fail 'the disk is larger than all zeros'; }
room() { rm disk/filler; }
ready() { curl -sS -o "$SHOW/out" -w '%{http_code}' "http://127.0.0.1:$PORT/readyz"; }
is_ready() { [ "$(ready)" = "$1" ]; }
count() { rm -f enough counted; ctl job trigger full/count >/dev/null; wait_for 20 'the count' is full/count "$1" running; wait_for 20 'its lines' test -s counted; }
# Whether all that the task wrote is in the log, in order and once.
is_whole() {
  ctl build log "full/count#$1" >log
  seq "$(cat counted)" | sed 's/^/line /' | cmp - log || fail "the log of #$1 is not what the task wrote"
  sees "#$1: all $(wc -l <log) lines are there, each once"
}
start

step 'the disk runs full while a build runs'
count 1
fill
wait_for 20 'a word of it' holds server.log 'nothing can be stored: the disk that holds the ledger is full (disk/pikoci.db)'
wait_for 20 '/readyz says so' is_ready 503
sees "/readyz: $(jq -c . out)"
same '/healthz' "$(curl -sS "http://127.0.0.1:$PORT/healthz" | jq -r .status)" ok
code 'a trigger' 3 ctl job trigger full/small
grep -q 'nothing can be stored: the disk that holds the ledger is full' err || { cat err >&2; fail 'the client is not told why'; }
code 'what was stored is still shown' 0 ctl build list full/count
before=$(cat counted)
more() { [ "$(cat counted)" -gt $((before + 50)) ]; }
wait_for 20 'the build goes on meanwhile' more

step 'there is room again'
room
wait_for 20 '/readyz' is_ready 200
wait_for 20 'a word of it' holds server.log 'the ledger can be written again, after '
: >enough
wait_for 20 'the end of the build' is full/count 1 succeeded
is_whole 1
code 'a small one' 0 ctl job trigger full/small --watch
[ "$(grep -c 'nothing can be stored' server.log)" -le 2 ] || { cat server.log >&2; fail 'the log is full of it'; }

step 'a build ends while the disk is full'
count 2
fill
wait_for 20 '/readyz' is_ready 503
: >enough
wait_for 20 'the end of its processes' none_of "$SHOW/enough"
same 'its state, as far as it is stored' "$(status full/count 2)" running
room
wait_for 20 'the end of the build' is full/count 2 succeeded
is_whole 2

step 'kill -9 while the disk is full'
count 3
fill
wait_for 20 '/readyz' is_ready 503
kill -KILL "$SERVER"
wait "$SERVER" 2>/dev/null || true
code 'a start on a full disk' 3 "$PIKOCI" server --db-system sqlite --db-name disk/pikoci.db --run-worker --port "$PORT"
sees "it says: $(grep '^error' err)"
room
start
wait_for 30 'the end of the build' is full/count 3 errored
same 'why' "$(build full/count 3 | jq -r .message)" 'worker lost'
code 'a small one' 0 ctl job trigger full/small --watch

step 'TERM while the disk is full'
count 4
fill
wait_for 20 '/readyz' is_ready 503
kill -TERM "$SERVER"
: >enough
wait_for 20 'the end of its processes' none_of "$SHOW/enough"
room
wait_for 30 'the end of the server' is_gone "$SERVER"
start
same 'the build' "$(status full/count 4)" succeeded
is_whole 4
stop "$SERVER"

step 'TERM while the disk is full, and stays so'
start --drain-timeout 3s
count 5
fill
wait_for 20 '/readyz' is_ready 503
kill -TERM "$SERVER"
wait_for 60 'the end of the server' is_gone "$SERVER"
room
start
wait_for 30 'the end of the build' is full/count 5 errored
same 'why' "$(build full/count 5 | jq -r .message)" 'worker stopped'
ctl build log full/count#5 >log
seq "$(wc -l <log)" | sed 's/^/line /' | cmp - log || fail 'the log of #5 is no beginning of what the task wrote'
sees "#5: $(wc -l <log) lines of $(cat counted) are there, each once"
stop "$SERVER"
