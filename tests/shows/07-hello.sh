#!/usr/bin/env bash
# `make run` in a clone: the server in memory with examples/hello builds at once, and at each commit; Ctrl-C ends it.
. "$(dirname "$0")/lib.sh"

git clone --quiet "$ROOT" clone 2>clone.log || { cat clone.log >&2; fail 'this repository cannot be cloned'; }
PORT=$(free_port)
SOCKET=/tmp/pikoci-$(id -u)/$PORT.sock

step 'it builds at once'
set -m
PORT=$PORT clone/scripts/run.sh >server.log 2>&1 </dev/null &
SERVER=$!
set +m
STARTED+=("$SERVER")
answers 20
# shellcheck disable=SC2034
TOKEN=$(token)
pipeline=$(ctl job list --output json | jq -r '.items[0].pipeline')
job=$pipeline/$(ctl job list --output json | jq -r '.items[0].name')
wait_for 30 'the first build' is "$job" 1 succeeded
ref_of() { build "$job" "$1" | jq -r '.inputs[0].version.ref'; }
same 'what it built' "$(ref_of 1)" "$(git -C clone rev-parse HEAD)"
same 'what it says where to look' "$(grep -c "$job" server.log | sed 's/^[1-9].*/its job/')" 'its job'
sees "its log: $(ctl build log "$job#1" | head -1)"

step 'and at each commit'
for number in 2 3; do
  commit=$(commit clone "Change number $number")
  wait_for 60 "build $number" ended "$job" "$number"
  same "build $number" "$(status "$job" "$number") of $(ref_of "$number")" "succeeded of $commit"
done

step 'Ctrl-C ends it'
kill -INT "$SERVER"
ended_by_it=0; wait "$SERVER" || ended_by_it=$?
sees "exit code: $ended_by_it"
[ ! -e "$SOCKET" ] || fail "$SOCKET is still there"
same 'what it left in the clone' "$(git -C clone status --porcelain --ignored)" ''
