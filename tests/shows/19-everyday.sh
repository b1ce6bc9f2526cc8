#!/usr/bin/env bash
# An ordinary day: a pipeline is set, changed, refused, paused and archived; a job is asked why it does not run, and runs
# once that is done which the answer names; versions are pinned and builds are run again.
. "$(dirname "$0")/lib.sh"

cat >shop.hcl <<HCL
resource_type "counter" {
  check "shell" { cmd = "cat $SHOW/versions" }
  pull "shell" { cmd = "true" }
}

resource "counter" "app" {
  check_interval = "@every 10m"
}

job "test" {
  get "counter" "app" { trigger = true }
  task "test" {
    run "shell" { cmd = "echo testing \$GET_APP_N; test ! -e $SHOW/broken" }
  }
}

job "deploy" {
  serial_groups = ["production"]
  get "counter" "app" {
    trigger = true
    passed  = ["test"]
  }
  task "deploy" {
    run "shell" { cmd = "while [ -e $SHOW/slow ]; do sleep 0.05; done; echo deployed \$GET_APP_N" }
  }
}

job "clean" {
  serial_groups = ["production"]
  task "clean" {
    run "shell" { cmd = "echo cleaned" }
  }
}

job "by-hand" {
  get "counter" "app" {}
  task "look" {
    run "shell" { cmd = "true" }
  }
}

job "gpu" {
  tags = ["gpu"]
  task "train" {
    run "shell" { cmd = "echo trained" }
  }
}
HCL

# version N…: what the check finds from now on.
versions() { printf '{"n":"%s"}\n' "$@" | jq -sc . >versions; }
check() { ctl resource check shop/counter.app >/dev/null; }
# why JOB TEXT: what `job why` says has that text; the command that it names is then in NAMED.
why() {
  ctl job why "shop/$1" >why.txt
  grep -qF -- "$2" why.txt || { cat why.txt >&2; fail "job why shop/$1 does not say: $2"; }
  sees "$(sed -n 2p why.txt | xargs -0 printf '%s' | sed 's/^ *//')"
  NAMED=$(sed -n 's/^ *to go on: //p' why.txt | head -1)
}
says() { ctl job why "shop/$1" | grep -qF -- "$2"; }
# named: does what the answer has named, word for word.
named() {
  sees "so: $NAMED"
  local words
  read -ra words <<<"${NAMED#pikoci }"
  ctl "${words[@]}" >/dev/null
}
took() { build "shop/$1" "$2" | jq -r '.inputs[0].version.n'; }

: >broken
versions 1
server sqlite

step 'a pipeline is set'
code 'set without a terminal and without --yes' 2 ctl pipeline set shop.hcl
code 'set with --yes' 0 ctl pipeline set shop.hcl --yes
grep -q '+ job deploy' out || fail 'what is new is not shown'
grep -q 'starts only by hand' err || fail 'the warnings are not told'
code 'the same again' 0 ctl pipeline set shop.hcl --yes
same 'its answer' "$(cat out)" 'shop is as it is on the server'
sed 's/echo cleaned/echo swept/' shop.hcl >changed.hcl
code 'diff' 0 ctl pipeline diff changed.hcl --name shop
grep -q '~ job clean: steps' out || { cat out >&2; fail 'the diff lacks the job'; }
same 'what is different' "$(grep -c '^[-+] ' out)" 2
jq -Rs '{files: {"shop.hcl": {text: .}}, config: "shop.hcl", vars: {}}' changed.hcl >bundle.json
same 'set on top of a revision that is not the newest any more' \
  "$(curl -sS -X PUT -H "Authorization: Bearer $TOKEN" -H 'If-Match: "7"' -d @bundle.json \
    "http://127.0.0.1:$PORT/api/v1/teams/main/pipelines/shop" | jq -r .code)" revision_conflict
sed 's/trigger = true/triger = true/' shop.hcl >wrong.hcl
code 'a file with mistakes' 2 ctl pipeline set wrong.hcl --name shop --yes
grep -q 'did you mean `trigger`' out err || { cat err >&2; fail 'no hint'; }

step 'no version passed: the first test fails, and deploy says so'
wait_for 20 'the first test' is shop/test 1 failed
why deploy 'no version of counter.app passed `test`, whose last build failed'
rm broken
: >slow
named
wait_for 20 'the second test' is shop/test 2 succeeded
wait_for 20 'the deploy of it' is shop/deploy 1 running

step 'a group that is held'
ctl job trigger shop/clean >/dev/null
why clean 'waits for the serial group `production`, which deploy #1 holds'
same 'status' "$(ctl status | grep -c 'shop/clean#1 .*production.*deploy #1')" 1
rm slow
wait_for 20 'clean, after the end of it' is shop/clean 1 succeeded

step 'a job that is paused'
ctl job pause shop/clean >/dev/null
ctl job trigger shop/clean >/dev/null
why clean 'job shop/clean is paused'
named
wait_for 20 'clean' is shop/clean 2 succeeded

step 'a pipeline that is paused'
ctl pipeline pause shop >/dev/null
ctl job trigger shop/clean >/dev/null
why clean 'pipeline shop is paused'
same 'status' "$(ctl status | grep -c '^  pipeline shop')" 1
named
wait_for 20 'clean' is shop/clean 3 succeeded

step 'a resource that is pinned'
ctl resource pin shop/counter.app n=1 --comment 'until it is mended' >/dev/null
versions 1 2
check
why test 'shop/counter.app is held at n=1, which was built'
same 'status' "$(ctl status | grep -c 'shop/counter.app  n=1  until it is mended')" 1
named
wait_for 20 'the test of the new version' is shop/test 3 succeeded
same 'what it took' "$(took test 3)" 2
wait_for 20 'the deploy of it' is shop/deploy 2 succeeded
why test 'nothing is new since #3'

step 'a build is run again, with its versions'
code 'rerun' 0 ctl build rerun shop/test#2 --watch
same 'its number, state and version' "$(status shop/test 2.1) $(took test 2.1)" 'succeeded 1'
why deploy 'nothing is new since #2'

step 'a tag that no worker has'
ctl job trigger shop/gpu >/dev/null
why gpu 'waits for a worker with tag `gpu`'
same 'status' "$(ctl status | grep -c 'shop/gpu#1 .*tag `gpu`')" 1
sees "so: $NAMED"
stop "$SERVER"
server sqlite --tag gpu
wait_for 20 'gpu' is shop/gpu 1 succeeded

step 'a pipeline is archived, and comes back with its history'
code 'delete' 0 ctl pipeline delete shop --yes
same 'pipelines' "$(ctl pipeline list --output json | jq '.items | length')" 0
code 'set again' 0 ctl pipeline set changed.hcl --name shop --yes
same 'the test of before' "$(status shop/test 2.1)" succeeded
ctl job trigger shop/clean --watch >out
grep -q swept out || fail 'the new text does not run'
same 'all is well' "$(ctl status | head -1)" 'all is well: nothing is red, waits, runs or is paused'
