#!/usr/bin/env bash
# A walk through the commands of the client: tables for people, JSON for programs, an exit code for every end.
. "$(dirname "$0")/lib.sh"

forge
git init --quiet --initial-branch main app
echo hello >app/hello.txt
first=$(commit app 'Say hello')
git -C app push --quiet "$FORGE/org/app.git" main

cat >pipeline.hcl <<HCL
resource "git" "app" {
  params {
    url = "$FORGE/org/app.git"
  }
  check_interval = "@every 1h"
}

job "test" {
  get "git" "app" { trigger = true }

  task "read" {
    run "shell" { cmd = "cat app/hello.txt; echo of \$GET_APP_REF" }
  }
}

job "fails" {
  task "no" {
    run "shell" { cmd = "echo it does not work; exit 7" }
  }
}

job "errors" {
  task "none" {
    run "exec" { path = "/no/such/program" }
  }
}

job "stays" {
  task "stay" {
    run "shell" { cmd = "echo here; sleep 1000" }
  }
}
HCL

step 'a file that is wrong says so before anything starts'
sed 's/trigger = true/triger = true/' pipeline.hcl >wrong.hcl
code 'pipeline validate' 0 "$PIKOCI" pipeline validate pipeline.hcl
code 'pipeline validate of a wrong file' 2 "$PIKOCI" pipeline validate wrong.hcl
grep -q 'wrong.hcl' err && grep -q 'trigger' err || { cat err >&2; fail 'the error names no place, or no way out'; }
code 'server with a wrong file' 2 "$PIKOCI" server --db-system mem --pubsub-system mem --run-worker --pipeline-config wrong.hcl

step 'without a server'
code 'job list' 3 "$PIKOCI" job list
sees "$(head -1 err)"

step 'jobs'
server sqlite --pipeline-config pipeline.hcl --pipeline-name shop --slots 2
wait_for 20 'the first build, which the first check starts' is shop/test 1 succeeded
# The database stands here, so no flag is needed to find its server.
code 'job list' 0 "$PIKOCI" job list
for word in test fails errors stays; do grep -q "$word" out || fail "the table lacks $word"; done
code 'job list in JSON' 0 ctl job list shop --output json
same 'its jobs' "$(jq -r '[.items[].name] | sort | join(" ")' out)" 'errors fails stays test'

step 'trigger, and watch until the end'
code 'a job that succeeds' 0 ctl job trigger shop/test --watch
grep -q "of $first" out || fail 'the log did not come by'
code 'a job that fails' 1 ctl job trigger shop/fails --watch
code 'a job that errors' 3 ctl job trigger shop/errors --watch
same 'what failed' "$(build shop/fails 1 | jq -r '.steps[0] | .status + ": " + .message')" 'failed: exit code 7'
same 'what errored' "$(build shop/errors 1 | jq -r '.steps[0].status')" errored
code 'a job that is not there' 2 ctl job trigger shop/tset
sees "$(cat err | tr '\n' ' ')"
code 'trigger without watching, in JSON' 0 ctl job trigger stays --output json
same 'its address' "$(jq -r '.pipeline + "/" + .job + "#" + .number' out)" 'shop/stays#1'

step 'builds'
code 'build list' 0 ctl build list shop/test
grep -q 'shop/test#2' out && grep -q "git.app" out || fail 'the table lacks a build or its cause'
code 'build list in JSON' 0 ctl build list shop/test --output json
same 'its numbers, newest first' "$(jq -r '[.items[].number] | join(" ")' out)" '2 1'
same 'its causes' "$(jq -c '[.items[].cause.kind]' out)" '["manual","versions"]'
code 'build watch of an ended one' 1 ctl build watch shop/fails#last
code 'build watch of the newest that failed' 1 ctl build watch 'fails#failed'
code 'build watch in JSON' 0 ctl build watch shop/test#1 --output json
same 'its last event' "$(tail -1 out | jq -r '.. | .status? // empty' | head -1)" succeeded
code 'build log' 0 ctl build log shop/test#1 --step read
same 'the log' "$(cat out)" "hello
of $first"
code 'some lines of it' 0 ctl build log shop/test#1:read --lines 2-2
same 'line 2' "$(cat out)" "of $first"
code 'build cancel' 0 ctl build cancel shop/stays#1
wait_for 20 'its end' ended shop/stays 1
code 'build watch of a cancelled one' 130 ctl build watch shop/stays#1
code 'a build that is not there' 2 ctl build watch shop/test#99

step 'resources'
code 'resource list' 0 ctl resource list
grep -q 'git.app' out || fail 'the table lacks git.app'
code 'resource list in JSON' 0 ctl resource list --output json
same 'its newest version' "$(jq -r '.items[0].newest.version.ref' out)" "$first"
code 'resource check with nothing new' 0 ctl resource check git.app --output json
same 'its new versions' "$(jq -c .new_versions out)" '[]'
echo again >>app/hello.txt
second=$(commit app 'Say it again')
git -C app push --quiet "$FORGE/org/app.git" main
code 'resource check with a new commit' 0 ctl resource check shop/git.app
grep -q "$second" out || { cat out >&2; fail 'the new version is not shown'; }
wait_for 20 'the build of the new version' is shop/test 3 succeeded
same 'its input' "$(build shop/test 3 | jq -r '.inputs[0].version.ref')" "$second"
same 'the message of its commit' "$(build shop/test 3 | jq -r '.inputs[0].metadata._message')" 'Say it again'
rm -rf forge/org/app.git
code 'resource check of what is gone' 1 ctl resource check git.app
sees "$(head -1 err)"

step 'over the port'
code 'without a token' 4 env PIKOCI_URL="http://127.0.0.1:$PORT" "$PIKOCI" job list
code 'with the token' 0 env PIKOCI_URL="http://127.0.0.1:$PORT" PIKOCI_TOKEN="$TOKEN" "$PIKOCI" job list
code 'an unknown command' 2 "$PIKOCI" job lits
