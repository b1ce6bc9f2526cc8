# shellcheck shell=bash disable=SC2034
# What the scripts of tests/shows share; each sources it first. It gives the script an empty folder of its own to
# stand in, which goes with everything that was started from it when the script ends, however it ends.
#   PIKOCI   the binary       BIN   where the helpers of crates/testkit are
set -euo pipefail
: "${PIKOCI:?is the path of the binary; run make shows}" "${BIN:?is where its helpers are; run make shows}"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SHOW=$(mktemp -d)
cd "$SHOW"
export HOME="$SHOW" RUST_BACKTRACE=0 GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 NO_COLOR=1
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com
unset PIKOCI_URL PIKOCI_TOKEN
STARTED=()
# Commands for the end of the script, besides ending what was started.
AT_END=()

finish() {
  local code=$?
  trap '' INT TERM
  if [ "$code" != 0 ]; then
    local log
    for log in "$SHOW"/*.log; do [ -e "$log" ] && { echo "--- the end of $(basename "$log")"; tail -30 "$log"; } >&2; done
  fi
  local process
  for process in "${STARTED[@]}"; do stop "$process"; done
  local command
  for command in "${AT_END[@]}"; do eval "$command" || true; done
  cd / && rm -rf "$SHOW"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---------------------------------------------------------------------------------------- what is said
step() { printf '\n* %s\n' "$*"; }
sees() { printf '  %s\n' "$*"; }
fail() { printf '  NOT SO: %s\n' "$*" >&2; exit 1; }

# same WHAT ACTUAL EXPECTED
same() { [ "$2" = "$3" ] || fail "$1 is '$2', and should be '$3'"; sees "$1: $2"; }

# code WHAT EXPECTED COMMAND…: its exit code. What it printed is then in $SHOW/out and $SHOW/err.
code() {
  local what=$1 expected=$2 actual=0; shift 2
  "$@" >"$SHOW/out" 2>"$SHOW/err" || actual=$?
  [ "$actual" = "$expected" ] || { cat "$SHOW/out" "$SHOW/err" >&2; fail "$what ends with $actual, and should with $expected"; }
  sees "$what: exit code $actual"
}

# ------------------------------------------------------------------------------------ what is awaited
# wait_for SECONDS WHAT COMMAND…: until the command succeeds.
wait_for() {
  local limit=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -le "$limit" ] || fail "$what: not seen in time"
    sleep 0.03
  done
}

holds() { grep -qF -- "$2" "$1"; }
is_gone() { ! is_alive "$1"; }
# A zombie is dead: its parent has only not looked yet.
is_alive() { [ -r "/proc/$1/stat" ] && [ "$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null || echo Z)" != Z ]; }

# processes TEXT: those whose command line holds it, as `PID WORDS`.
processes() {
  local directory words
  for directory in /proc/[0-9]*; do
    mapfile -d '' words 2>/dev/null <"$directory/cmdline" || continue
    case "${words[*]}" in *"$1"*) echo "${directory#/proc/} ${words[*]}" ;; esac
  done
}
none_of() { [ -z "$(processes "$1")" ]; }
# sleepers COUNT TEXT: whether so many processes `sleep TEXT` are there.
sleepers() { [ "$(processes "$2" | grep -c '^[0-9]* sleep ')" = "$1" ]; }

# stop PID: ends a process that this script started, hard if it takes too long, and waits for it.
# Of a server, what runs is cancelled and not waited for.
stop() {
  local signal=TERM
  [ "$(readlink "/proc/$1/exe")" != "$(realpath "$PIKOCI")" ] || signal=INT
  kill -"$signal" "$1" 2>/dev/null || return 0
  local limit=$((SECONDS + 20))
  while is_alive "$1"; do
    [ "$SECONDS" -le "$limit" ] || kill -KILL "$1" 2>/dev/null || true
    sleep 0.02
  done
  wait "$1" 2>/dev/null || true
}

# ------------------------------------------------------------------------------------------ the server
# Below those that connections to elsewhere are given: one of these may be taken between the look and the start.
free_port() {
  local port
  while port=$((RANDOM % 12000 + 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# server mem|sqlite ARGUMENT…: starts `pikoci server` with a worker, and waits until it answers. Sets SERVER (its
# pid), PORT (kept over restarts), TOKEN (from its first start) and SOCKET; its output goes to server.log.
server() {
  local system=$1; shift
  : "${PORT:=$(free_port)}"
  case "$system" in
    mem) SOCKET=/tmp/pikoci-$(id -u)/$PORT.sock; set -- --pubsub-system mem "$@" ;;
    sqlite) SOCKET=$SHOW/pikoci.db.sock ;;
  esac
  "$PIKOCI" server --db-system "$system" --run-worker --port "$PORT" "$@" >server.log 2>&1 </dev/null &
  SERVER=$!
  STARTED+=("$SERVER")
  answers 20
  TOKEN=${TOKEN:-$(token)}
}

# answers SECONDS: waits until the server answers.
answers() {
  wait_for "$1" 'an answer of /healthz' answers_or_is_gone "$SERVER"
  # Not in what is awaited, of which nothing is seen.
  is_alive "$SERVER" || fail 'the server ended before it was ready'
}
answers_or_is_gone() { is_gone "$1" || curl -fsS "http://127.0.0.1:$PORT/healthz"; }

# The token that the first start printed.
token() { grep -o 'pikoci_[0-9a-f]\{40\}' server.log | head -1; }

# ctl WORD…: a command of the client, over the socket.
ctl() { "$PIKOCI" "$@" --socket "$SOCKET"; }

# api METHOD PATH [ARGUMENT of curl…]: over the port, with the token; the path is below /api/v1.
api() {
  local method=$1 path=$2; shift 2
  curl -fsS -X "$method" -H "Authorization: Bearer $TOKEN" "$@" "http://127.0.0.1:$PORT/api/v1$path"
}

# build PIPELINE/JOB NUMBER: the build as JSON.
build() { api GET "/teams/main/pipelines/${1%/*}/jobs/${1#*/}/builds/$2"; }
status() { build "$1" "$2" | jq -r .status; }
is() { [ "$(status "$1" "$2")" = "$3" ]; }
ended() { case "$(status "$1" "$2")" in '' | pending | running) return 1 ;; esac; }

# all_builds PIPELINE/JOB: all builds, one JSON object a line, newest first.
all_builds() {
  local path="/teams/main/pipelines/${1%/*}/jobs/${1#*/}/builds" after='' page
  while :; do
    page=$(api GET "$path" --get --data-urlencode limit=200 ${after:+--data-urlencode "after=$after"})
    jq -c '.items[]' <<<"$page"
    after=$(jq -r '.next // empty' <<<"$page")
    [ -n "$after" ] || return 0
  done
}

# whole_builds PIPELINE/JOB: the same with all that is told of each: versions, steps, outputs.
whole_builds() { all_builds "$1" | jq -r .id | while read -r id; do api GET "/builds/$id" | jq -c .; done; }

# ------------------------------------------------------------------------------------------------- git
# forge: a git server over HTTP with an empty repository org/app.git; sets FORGE, its URL.
forge() {
  git init --quiet --bare --initial-branch main forge/org/app.git
  "$BIN/git-http" forge >forge.url 2>forge.log &
  STARTED+=("$!")
  wait_for 10 "the URL of the git server" test -s forge.url
  FORGE=$(cat forge.url)
}

# push_app MAKEFILE: a first commit with that Makefile, made in the folder app, on the branch main of the forge.
push_app() {
  git init --quiet --initial-branch main app
  printf '%s\n' "$1" >app/Makefile
  commit app 'Begin' >/dev/null
  git -C app push --quiet "$FORGE/org/app.git" main
}

# commit FOLDER MESSAGE: commits all that is there, and prints the id.
commit() { git -C "$1" add --all && git -C "$1" commit --quiet --allow-empty --message "$2" && git -C "$1" rev-parse HEAD; }

# ----------------------------------------------------------------------------------- Vault, and the engine
# vault_api: a server with the API of Vault in development mode; sets VAULT_ADDR and VAULT_TOKEN for all that follows.
vault_api() {
  local port; port=$(free_port)
  export VAULT_ADDR=http://127.0.0.1:$port VAULT_TOKEN=token-of-the-show
  VAULT_DEV_ROOT_TOKEN_ID=$VAULT_TOKEN VAULT_DEV_LISTEN_ADDRESS=127.0.0.1:$port \
    "$BIN/../tools/bao" server -dev -dev-no-store-token >vault.log 2>&1 </dev/null &
  STARTED+=("$!")
  wait_for 20 'an answer of the Vault server' curl -fsS "$VAULT_ADDR/v1/sys/health"
}

# vault_write PATH JSON: writes to a path of its API.
vault_write() {
  printf 'header = "X-Vault-Token: %s"\n' "$VAULT_TOKEN" | curl -fsS --config - --data "$2" "$VAULT_ADDR/v1/$1" >/dev/null
}

# left_in_engine: containers, networks and volumes that nobody should have left.
left_in_engine() {
  docker ps --all --format 'container {{.Names}} {{.Labels}}'
  docker network ls --filter type=custom --format 'network {{.Name}}'
  docker volume ls --format 'volume {{.Name}}'
}
engine_is_empty() { [ -z "$(left_in_engine)" ]; }

# nothing_left: fails where the engine holds anything.
nothing_left() {
  engine_is_empty || fail "left in the engine: $(left_in_engine)"
  sees 'containers, networks, volumes left: none'
}
