#!/usr/bin/env bash
# docs/getting-started.md does what it says: its blocks, pasted one after the other into one shell, as they stand.
. "$(dirname "$0")/lib.sh"
mkdir bin
ln -s "$PIKOCI" bin/pikoci
PATH="$SHOW/bin:$PATH"
# The page leaves the port at its default, so the socket of `ctl` and `api` is the one of that.
PORT=8080

# block NUMBER: a block of shell of the page.
block() { awk -v wanted="$1" '/^```sh$/ {inside = ++number == wanted; next} /^```$/ {inside = 0} inside' "$ROOT/docs/getting-started.md"; }

# paste NUMBER EXPECTED [TEXT…]: runs it in this shell; its exit code is the expected one, its output has the texts.
paste() {
  local number=$1 expected=$2 actual=0 text; shift 2
  eval "$(block "$number")" >"$SHOW/out" 2>&1 || actual=$?
  sed 's/^/    /' "$SHOW/out"
  [ "$actual" = "$expected" ] || fail "block $number ends with $actual, and should with $expected"
  for text; do holds "$SHOW/out" "$text" || fail "block $number does not print: $text"; done
  sees "block $number: exit code $actual"
}

# serve NUMBER: a block that starts a server in the background.
serve() {
  eval "$(block "$1")" >"$SHOW/server.log" 2>&1
  SERVER=$!
  STARTED+=("$SERVER")
  answers 20
  sees "block $1: $(head -1 "$SHOW/server.log")"
}
has_build() { pikoci build list --output json | jq -e '.items | length > 0'; }

step 'a build on this machine'
started=$SECONDS
paste 1 0 '1 + 1 is 2'
sees "green after $((SECONDS - started)) s"
# The block ends with a command that mends what it broke; what broke is told by its output.
paste 2 0 'failed'

step 'a server in memory'
serve 3
wait_for 20 'the first build' has_build
paste 4 0 '1 + 1 is 2'
paste 5 0 '2 + 2 is 4' 'A second test'
paste 6 0 '2 + 2 is 4'
stop "$SERVER"

step 'history that stays'
serve 7
TOKEN=$(cd "$SHOW" && token)
paste 8 0 '2 + 2 is 4'

step 'with curl'
eval "$(block 9 | sed "s/…the token…/$TOKEN/")" >"$SHOW/out" 2>&1
holds "$SHOW/out" 'hello/test' || fail 'the table of block 9 lacks its job'
paste 10 0 '"hello"' '"items"'
