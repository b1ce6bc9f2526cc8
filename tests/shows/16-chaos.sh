#!/usr/bin/env bash
# The server is killed with -9 fifty times at random moments while pushes and triggers go on. At the end nothing is stuck,
# lost or doubled; the log of each build that ended is what its task wrote, of one that was killed a beginning of it.
. "$(dirname "$0")/lib.sh"
readonly KILLS=${KILLS:-50}
SEED=${SEED:-$(date +%s)}
RANDOM=$SEED
sees "SEED=$SEED"

cat >pipeline.hcl <<HCL
resource "git" "source" {
  params { url = "$SHOW/source" }
  check_interval = "@every 1s"
}

job "make" {
  get "git" "source" { trigger = true }
  task "write" {
    run "shell" {
      cmd = <<-SH
        for line in 1 2 3 4 5 6; do
          echo "\$BUILD_ID line \$line" | tee -a "$SHOW/wrote/\$BUILD_ID"
          sleep 0.03
        done
      SH
    }
  }
}

job "ship" {
  serial_groups = ["ship"]
  get "git" "source" {
    trigger = true
    passed  = ["make"]
  }
  task "write" {
    run "shell" {
      cmd = <<-SH
        echo "\$BUILD_ID ships" | tee -a "$SHOW/wrote/\$BUILD_ID"
        sleep 0.1
      SH
    }
  }
}

job "again" {
  on_worker_loss = "retry"
  task "write" {
    run "shell" { cmd = "echo \$BUILD_ID begins | tee -a $SHOW/wrote/\$BUILD_ID; sleep 0.2" }
  }
}
HCL
mkdir wrote
git init --quiet --initial-branch main source
commit source 'Begin' >/dev/null
arguments=(--pipeline-config pipeline.hcl --pipeline-name chaos --slots 3)

change() { commit source "Change $RANDOM" >>changes; }
touch changes triggered
PORT=$(free_port)

step "$KILLS times: work is asked for, and the server killed at a random moment"
for kill in $(seq "$KILLS"); do
  "$PIKOCI" server --db-system sqlite --run-worker --port "$PORT" "${arguments[@]}" >server.log 2>&1 </dev/null &
  SERVER=$!
  SOCKET=$SHOW/pikoci.db.sock
  # From the very first moment of a start to a second of work; the first one says the token.
  if [ "$kill" != 1 ] && [ $((RANDOM % 4)) = 0 ]; then
    sleep "0.0$((RANDOM % 10))"
  else
    answers 30
    : "${TOKEN:=$(token)}"
    change
    for job in make again; do
      api POST "/teams/main/pipelines/chaos/jobs/$job/builds" -H "Idempotency-Key: $kill-$job" >answer 2>/dev/null &&
        jq -r .id answer >>triggered || true
    done
    sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
  fi
  kill -KILL "$SERVER"
  wait "$SERVER" 2>/dev/null || true
done
sees "changes: $(wc -l <changes); triggers that were answered: $(wc -l <triggered)"

step 'one more start, and all that is left comes to its end'
server sqlite "${arguments[@]}"
change
quiet() {
  [ "$(ctl job list --output json | jq '[.items[] | .pending + .running] | add')" = 0 ] &&
    [ "$(build chaos/ship "$(all_builds chaos/ship | jq -r .number | head -1)" | jq -r '.inputs[0].version.ref')" = "$(ctl resource versions chaos/git.source --output json | jq -r '.items[0].version.ref')" ]
}
wait_for 120 'the end of all builds' quiet
for job in make ship again; do whole_builds "chaos/$job" | jq -c ". + {job: \"$job\"}"; done >builds.json
sees "builds: $(jq -r '.job + " " + .status' builds.json | sort | uniq -c | xargs)"
same 'builds that have not ended' "$(jq -r 'select(.ended_at == null) | .id' builds.json | wc -l)" 0
same 'builds that failed' "$(jq -r 'select(.status == "failed" or .status == "cancelled") | .id' builds.json | wc -l)" 0
same 'errored for another reason than a lost worker' \
  "$(jq -r 'select(.status == "errored" and .message != "worker lost") | .message // (.steps | tostring)' builds.json | sort | uniq -c)" ''
jq -r .id builds.json | sort >ids
same 'answered triggers without their build' "$(sort -u triggered | comm -23 - ids | wc -l)" 0
same 'versions that two automatic builds of a job took' \
  "$(jq -r 'select(.cause.kind == "versions") | .job + " " + .inputs[0].version.ref' builds.json | sort | uniq -d | wc -l)" 0
for job in make ship again; do
  same "numbers of $job" "$(jq -r "select(.job == \"$job\") | .number" builds.json | sort -n | uniq -d | wc -l) twice" '0 twice' >/dev/null
done

step 'logs'
whole=0 cut=0
while read -r id status losses; do
  ctl build log "$id" >log 2>/dev/null || : >log
  touch "wrote/$id"
  if [ "$status" = succeeded ]; then
    # What a lost attempt before it wrote is not this one's log.
    tail -c "$(stat -c %s log)" "wrote/$id" | cmp -s - log || fail "the log of $id is not what its task wrote"
    [ "$losses" != 0 ] || cmp -s "wrote/$id" log || fail "the log of $id is not all that its task wrote"
    whole=$((whole + 1))
  else
    head -c "$(stat -c %s log)" "wrote/$id" | cmp -s - log || fail "the log of $id is no beginning of what its task wrote"
    cut=$((cut + 1))
  fi
done < <(jq -r '"\(.id) \(.status) \(.losses // 0)"' builds.json)
sees "equal to what the task wrote: $whole; a beginning of it: $cut"
