#!/usr/bin/env bash
# A build whose processes do not want to end is cancelled in the middle, from the command line: all of them end, its
# workspace goes, and its slot is free again.
. "$(dirname "$0")/lib.sh"
readonly MARK=87654.$$

cat >pipeline.hcl <<HCL
job "stubborn" {
  task "stay" {
    run "shell" {
      cmd = <<-SH
        echo "\$WORKDIR" >$SHOW/workdir
        touch in-the-middle.txt
        trap '' TERM INT HUP
        # each ignores every polite signal: a child, one with an empty environment and a session of its own, and
        # one in a session of its own whose parent is gone
        sh -c 'trap "" TERM INT HUP; sleep ${MARK}1; true' &
        env -i setsid sh -c 'trap "" TERM INT HUP; sleep ${MARK}2; true' &
        ( setsid sh -c 'trap "" TERM INT HUP; sleep ${MARK}3; true' & )
        echo settled
        while :; do sleep ${MARK}4 || true; done
      SH
    }
  }

  task "never" {
    run "shell" { cmd = "touch $SHOW/never" }
  }
}

job "next" {
  task "say" {
    run "shell" { cmd = "echo next" }
  }
}
HCL

for system in mem sqlite; do
  step "cancelled in the middle, $system"
  rm -f workdir
  server "$system" --pipeline-config pipeline.hcl --pipeline-name shop --slots 1
  ctl job trigger shop/stubborn >/dev/null
  for child in 1 2 3 4; do
    wait_for 20 "child $child" sleepers 1 "$MARK$child"
  done
  sees "at work: $(processes "$MARK" | wc -l) processes"
  # Its one slot is taken: this one waits.
  ctl job trigger shop/next >/dev/null
  "$PIKOCI" build watch shop/stubborn#1 --socket "$SOCKET" >watch.out 2>&1 &
  watcher=$!
  code 'pikoci build cancel' 0 ctl build cancel shop/stubborn#1
  sees "$(cat out)"
  watched=0; wait "$watcher" || watched=$?
  same 'exit code of who watched it' "$watched" 130
  same 'the build' "$(status shop/stubborn 1)" cancelled
  same 'its steps' "$(build shop/stubborn 1 | jq -r '[.steps[] | .name + " " + .status] | join(", ")')" \
    'stay cancelled, never skipped'
  [ ! -e never ] || fail 'the step after it ran'
  same 'its log' "$(ctl build log shop/stubborn#1)" settled
  wait_for 5 'the end of its processes' none_of "$MARK"
  sees 'processes left: none'
  wait_for 10 'the end of the one that waited' ended shop/next 1
  same 'the build that waited for its slot' "$(status shop/next 1)" succeeded
  [ ! -e "$(cat workdir)/in-the-middle.txt" ] || fail "$(cat workdir) still holds in-the-middle.txt"
  sees 'its workspace: empty'
  code 'a second cancel changes nothing' 0 ctl build cancel shop/stubborn#1
  ctl job trigger shop/next >/dev/null
  wait_for 10 'the end of one more' ended shop/next 2
  stop "$SERVER"
  unset PORT TOKEN
done

step 'a build that has not begun is cancelled at once'
server mem --pipeline-config pipeline.hcl --pipeline-name shop --slots 1
ctl job trigger shop/stubborn >/dev/null
wait_for 20 'its children' sleepers 4 "$MARK"
ctl job trigger shop/next >/dev/null
code 'pikoci build cancel' 0 ctl build cancel shop/next#1
same 'the pending build' "$(status shop/next 1)" cancelled

step 'the end of the server ends what runs'
stop "$SERVER"
wait_for 5 'the end of its processes' none_of "$MARK"
sees 'processes left: none'
