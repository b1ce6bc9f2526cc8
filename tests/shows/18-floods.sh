#!/usr/bin/env bash
# Too much of everything: 10,000 webhook posts, 200 MB of log (1 GB if asked for), a line of 100 MB, bytes that are no text,
# checks that hang, print 1 GB or 10,000 versions. Each comes to a clear end, and the server goes on.
. "$(dirname "$0")/lib.sh"
readonly POSTS=${POSTS:-10000}
# 1 GB with BYTES=1000000000.
readonly BYTES=${BYTES:-200000000}

cat >types.hcl <<'HCL'
resource_type "lines" {
  params = ["cmd"]
  check "exec" {
    path = "/bin/sh"
    args = ["-c", "eval \"$param_cmd\""]
  }
  pull "exec" {
    path = "/bin/true"
  }
}

resource "lines" "counted" {
  params { cmd = "echo >>$COUNTED; sleep 0.2; echo '[{\"n\": \"1\"}]'" }
  check_interval = "@every 1h"
}
HCL
sed -i "s|\$COUNTED|$SHOW/counted|" types.hcl
cat >pipeline.hcl <<HCL
$(cat types.hcl)

resource "lines" "hangs" {
  params { cmd = "sleep 3600" }
  check_interval = "@every 1h"
}

resource "lines" "floods" {
  params { cmd = "head -c 1000000000 /dev/zero | tr '\\\\0' x" }
  check_interval = "@every 1h"
}

resource "lines" "many" {
  params { cmd = "seq 10000 | sed 's/.*/{\"n\": \"&\"}/' | paste -sd, | sed 's/.*/[&]/'" }
  check_interval = "@every 1h"
}

job "counted" {
  get "lines" "counted" { trigger = true }
}

job "many" {
  get "lines" "many" {
    trigger = true
    version = "latest"
  }
}

job "watched" {
  get "lines" "hangs" { trigger = true }
  get "lines" "floods" { trigger = true }
}

job "gigabyte" {
  task "flood" {
    run "shell" { cmd = "yes 'a line of a log that goes on and on' | head -c $BYTES" }
  }
}

job "line" {
  task "flood" {
    run "shell" { cmd = "head -c 100000000 /dev/zero | tr '\\\\0' x; echo" }
  }
}

job "bytes" {
  task "bytes" {
    run "shell" { cmd = "printf 'a\\\\377\\\\376b\\\\n'" }
  }
}

job "small" {
  task "small" {
    run "shell" { cmd = "echo small" }
  }
}
HCL
server sqlite --pipeline-config pipeline.hcl --pipeline-name flood --slots 2 --check-slots 4
peak() { awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$SERVER/status"; }

step "$POSTS webhook posts in a burst"
wait_for 30 'the first check' test -s counted
wait_for 30 'the first build' ended flood/counted 1
token=$(api GET /teams/main/pipelines/flood/resources/lines.counted | jq -r .webhook_token)
rows() {
  sqlite3 'file:pikoci.db?mode=ro' "SELECT (SELECT COUNT(*) FROM checks) + (SELECT COUNT(*) FROM attempts JOIN resources
    ON resources.check_id = attempts.check_id WHERE resources.name = 'lines.counted')"
}
: >counted
before=$(rows)
"$BIN/post-load" "127.0.0.1:$PORT" "/webhooks/$token" "$POSTS" 8 >answers
same 'answers 202' "$(grep -c 202 answers)" "$POSTS"
sleep 1
[ "$(wc -l <counted)" -le 2 ] || fail "$(wc -l <counted) checks"
sees "checks: $(wc -l <counted), rows more: $(($(rows) - before))"
[ $(($(rows) - before)) -le 2 ] || fail 'posts leave rows'

step 'checks that print too much, or many versions'
failing() { api GET "/teams/main/pipelines/flood/resources/lines.$1" | jq -r '.check.error // empty' | grep .; }
wait_for 60 'the error of the one that prints 1 GB' failing floods
sees "lines.floods: $(failing floods)"
versions() { sqlite3 "file:pikoci.db?mode=ro" "SELECT COUNT(*) FROM versions JOIN resources ON resources.id = versions.resource_id WHERE resources.name = 'lines.many'"; }
all_versions() { [ "$(versions)" = 10000 ]; }
wait_for 120 '10,000 versions' all_versions
sees "lines.many: $(versions) versions"

step "$BYTES bytes of log, a line of 100 MB, bytes that are no text"
code 'a flood of log' 0 ctl job trigger flood/gigabyte --watch --output json
same 'its log' "$(ctl build log flood/gigabyte#1 | wc -c)" "$BYTES"
code 'a line of 100 MB' 0 ctl job trigger flood/line --watch --output json
same 'its log' "$(ctl build log flood/line#1 | wc -c)" 100000001
code 'no text' 0 ctl job trigger flood/bytes --watch
same 'its log' "$(ctl build log flood/bytes#1 | od -An -tx1 | xargs)" '61 ff fe 62 0a'
sees "the server's peak: $(peak) MB"
[ "$(peak)" -le 200 ] || fail 'that is too much'

step 'and it goes on'
code 'a small one' 0 ctl job trigger flood/small --watch
stop "$SERVER"
