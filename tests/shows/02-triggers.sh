#!/usr/bin/env bash
# 500 triggers posted at once over two connections make 500 builds, each once, in order of number; and on SQLite no
# answered trigger is lost or doubled by a kill -9.
. "$(dirname "$0")/lib.sh"
readonly COUNT=500
readonly JOB=load/note

cat >pipeline.hcl <<'HCL'
variable "runs" {}

job "note" {
  task "note" {
    run "shell" { cmd = "echo $BUILD_NUMBER >>$RUNS" }
    env {
      RUNS = var.runs
    }
  }
}
HCL
arguments=(--pipeline-config pipeline.hcl --pipeline-name load --var "runs=$SHOW/runs" --slots 2)

load() { PIKOCI_TOKEN=$TOKEN "$BIN/trigger-load" "127.0.0.1:$PORT" "$JOB" "$COUNT" 2; }

all_ended() { [ "$(ctl job list --output json | jq '[.items[] | .pending + .running] | add')" = 0 ]; }

# Each number from 1 to COUNT once. Writes the builds to builds.json.
each_once() {
  all_builds "$JOB" >builds.json
  jq -r .number builds.json | sort -n >numbers
  same 'numbers' "$(wc -l <numbers) from $(head -1 numbers) to $(tail -1 numbers), $(uniq -d numbers | wc -l) twice" \
    "$COUNT from 1 to $COUNT, 0 twice"
}

# How many builds started after one with a higher number.
overtaken() {
  jq -s 'sort_by(.number | tonumber) | [range(1; length) as $i | select(.[$i].started_at < .[$i - 1].started_at)] | length' builds.json
}

for system in mem sqlite; do
  step "$COUNT triggers over two kept-alive connections, $system"
  rm -f runs
  server "$system" "${arguments[@]}"
  load >answers
  same 'answers' "$(wc -l <answers)" "$COUNT"
  same 'answers with the number of another' "$(cut -d' ' -f2 answers | sort | uniq -d | wc -l)" 0
  wait_for 120 'the end of all builds' all_ended
  each_once
  same 'builds that were overtaken' "$(overtaken)" 0
  same 'builds that did not succeed' "$(jq -r 'select(.status != "succeeded") | .number' builds.json | wc -l)" 0
  same 'runs, by what they wrote' "$(sort -n runs | uniq | wc -l) of $(wc -l <runs)" "$COUNT of $COUNT"
  stop "$SERVER"
  unset PORT TOKEN
done

step 'the same on SQLite, with a kill -9 after 250 answers'
rm -rf runs answers pikoci.db*
touch answers
server sqlite "${arguments[@]}"
load >answers 2>load.log &
client=$!
STARTED+=("$client")
half() { [ "$(wc -l <answers)" -ge 250 ]; }
wait_for 60 '250 answers' half
kill -KILL "$SERVER"
wait "$SERVER" 2>/dev/null || true
wait "$client" 2>/dev/null || true
answered=$(wc -l <answers)
sees "killed after $answered answers, with $(wc -l <runs) builds run"
[ "$answered" -lt "$COUNT" ] || fail 'the kill came too late to show anything'

step 'the restart'
server sqlite "${arguments[@]}"
made=$(all_builds "$JOB" | wc -l)
[ "$made" -ge "$answered" ] && [ "$made" -le $((answered + 2)) ] || fail "there are $made builds for $answered answers"
sees "builds: $made (a connection's last one may have been made and not answered)"
load >again
same 'answered triggers that are the very build they were, when asked again' \
  "$(sort answers | comm -12 - <(sort again) | wc -l)" "$answered"
wait_for 120 'the end of all builds' all_ended
each_once
# What was handed out and had not begun is pending again, and may find the next ones at work.
[ "$(overtaken)" -le 2 ] || fail "$(overtaken) builds were overtaken, and there are 2 slots"
sees "builds that were overtaken: $(overtaken) (of the 2 that were handed out at the kill)"
lost=$(jq -r 'select(.status == "errored") | .message' builds.json | sort | uniq -c | sed 's/^ *//')
sees "of $COUNT builds $(jq -r 'select(.status == "succeeded") | .number' builds.json | wc -l) succeeded; errored: ${lost:-none}"
[ "$(jq -r 'select(.status == "errored") | .number' builds.json | wc -l)" -le 2 ] || fail 'more were lost than ran'
same 'builds that were run twice' "$(sort -n runs | uniq -d | wc -l)" 0
