#!/usr/bin/env bash
# `pikoci run` on a laptop: live output, an exit code for every end, Ctrl-C, and nothing left, even after a kill -9.
. "$(dirname "$0")/lib.sh"
readonly MARK=76543.$$

cat >pipeline.hcl <<HCL
variable "who" {
  default = "you"
}

job "good" {
  task "greet" {
    run "shell" { cmd = "echo hello \$WHO; echo on the other stream >&2" }
    env {
      WHO = var.who
    }
  }
}

job "bad" {
  task "refuse" {
    run "shell" { cmd = "echo no; exit 7" }
  }

  task "never" {
    run "shell" { cmd = "touch $SHOW/never" }
  }
}

job "broken" {
  task "start" {
    run "exec" { path = "/no/such/program" }
  }
}

job "long" {
  task "stay" {
    run "shell" {
      cmd = <<-SH
        echo "\$WORKDIR" >$SHOW/workdir
        touch in-the-middle.txt
        trap '' TERM
        ( setsid sleep $MARK & )
        echo begun
        sleep $MARK
      SH
    }
  }
}
HCL
run() { "$PIKOCI" run "$@" </dev/null; }

step 'an exit code for every end'
code 'a job that succeeds' 0 run good --var who=Ada
same 'its output' "$(grep -h -e hello -e stream out err | tr '\n' ' ')" 'hello Ada on the other stream '
PIKOCI_VAR_who=Bob code 'the same with a variable of the environment' 0 run --job good
holds out 'hello Bob' || fail 'the variable did not arrive'
code 'a job that fails' 1 run bad
[ ! -e never ] || fail 'the step after the failed one ran'
code 'a job that cannot start its program' 3 run broken
code 'a job that is not there' 2 run god
sees "$(grep -h good err | tr '\n' ' ')"
code 'a file that is not there' 2 run --pipeline-config no.hcl good
code 'no job, which lists them' 0 run
for job in good bad broken long; do grep -q "$job" out err || fail "the jobs that there are do not show: $job"; done

# begin: starts the long job as a shell with job control does, and waits until it is in the middle.
begin() {
  rm -f workdir
  set -m
  "$PIKOCI" run long >long.out 2>&1 </dev/null &
  LONG=$!
  set +m
  STARTED+=("$LONG")
  wait_for 10 'its first line, live' holds long.out begun
  wait_for 10 'its processes' sleepers 2 "$MARK"
}
# The folder itself may stay for the next run.
emptied() { [ -z "$(ls -A "$(cat workdir)" 2>/dev/null)" ] || fail "its workspace still holds: $(ls -A "$(cat workdir)")"; }

step 'Ctrl-C in the middle'
begin
kill -INT "$LONG"
ended=0; wait "$LONG" || ended=$?
same 'exit code' "$ended" 130
wait_for 2 'the end of its processes' none_of "sleep $MARK"
sees 'processes left: none'
emptied
sees 'its workspace: empty'

step 'kill -9 in the middle'
begin
kill -KILL "$LONG"
wait "$LONG" 2>/dev/null || true
[ -n "$(processes "sleep $MARK")" ] || fail 'there is nothing to sweep'
sees "orphans: $(processes "sleep $MARK" | wc -l)"
code 'the next run' 0 run good
wait_for 20 'the end of the orphans' none_of "sleep $MARK"
sees 'orphans: none'
emptied
sees 'the old workspace: empty'
rm -f workdir
same 'files that it left here' "$(ls | tr '\n' ' ')" 'err long.out out pipeline.hcl '
