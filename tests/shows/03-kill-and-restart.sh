#!/usr/bin/env bash
# A server on SQLite is killed with -9 in the middle of everything, and started again: its history is there, what ran
# is errored as lost, what had finished stays, what was pending runs, and nothing of the old builds lives on.
. "$(dirname "$0")/lib.sh"
readonly MARK=98765.$$

cat >pipeline.hcl <<HCL
job "quick" {
  task "say" {
    run "shell" { cmd = "echo quick" }
  }
}

job "long" {
  task "stay" {
    run "shell" {
      cmd = <<-SH
        echo "\$WORKDIR" >>$SHOW/workdirs
        echo half done >half-done.txt
        # a child with a session of its own, whose parent is gone
        ( setsid sh -c 'trap "" TERM HUP; sleep $MARK; true' & )
        echo started
        sleep $MARK
      SH
    }
  }
}
HCL
arguments=(--pipeline-config pipeline.hcl --pipeline-name shop --slots 2)

step 'one build ends, two run, two wait'
server sqlite "${arguments[@]}"
code 'the quick one' 0 ctl job trigger shop/quick --watch
finished=$(build shop/quick 1)
ctl job trigger shop/long >/dev/null
ctl job trigger shop/long >/dev/null
both_run() { [ "$(wc -l <workdirs)" = 2 ]; }
wait_for 20 'both long builds at work' both_run
wait_for 20 'what they have started' sleepers 4 "$MARK"
ctl job trigger shop/quick >/dev/null
ctl job trigger shop/quick >/dev/null
for number in 2 3; do same "quick #$number" "$(status shop/quick $number)" pending; done
sees "$(build shop/quick 2 | jq -r '.waiting_for // "no reason given"')"

step 'kill -9'
kill -KILL "$SERVER"
wait "$SERVER" 2>/dev/null || true
sees "orphans: $(processes "$MARK" | wc -l)"
[ -n "$(processes "$MARK")" ] || fail 'there is no orphan to be found'

step 'the restart'
server sqlite "${arguments[@]}"
for number in 2 3; do
  wait_for 40 "the end of quick #$number" ended shop/quick $number
  same "quick #$number, which was pending" "$(status shop/quick $number)" succeeded
done
for number in 1 2; do
  wait_for 40 "the end of long #$number" ended shop/long $number
  same "long #$number, which ran" "$(build shop/long $number | jq -r '.status + ": " + .message')" 'errored: worker lost'
done
same 'quick #1, which had finished, is what it was' "$(build shop/quick 1 | jq -S .)" "$(jq -S . <<<"$finished")" >/dev/null
sees "quick #1, which had finished, is what it was: $(jq -r .status <<<"$finished")"
same 'its log' "$(ctl build log shop/quick#1)" quick
same 'the log of a lost one' "$(ctl build log shop/long#1)" started
wait_for 40 'the end of the orphans' none_of "$MARK"
sees 'orphans: none'
nothing_written() { [ -z "$(find pikoci.db.worker -name half-done.txt)" ]; }
wait_for 20 'the end of what they had written' nothing_written
while read -r workdir; do
  [ ! -e "$workdir" ] || [ -z "$(ls -A "$workdir")" ] || fail "$workdir still holds: $(ls -A "$workdir")"
done <workdirs
sees 'workspaces: empty'

step 'and it goes on'
code 'one more quick one' 0 ctl job trigger shop/quick --watch
same 'its number' "$(ctl build list shop/quick --output json | jq -r '.items[0].number')" 4
