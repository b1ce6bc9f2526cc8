#!/usr/bin/env bash
# What a stranger on this machine or network meets: a port on the loopback only that wants a token, a socket that only
# its owner opens, and, after a server in memory, nothing at all.
. "$(dirname "$0")/lib.sh"

cat >pipeline.hcl <<'HCL'
job "quick" {
  task "say" {
    run "shell" { cmd = "echo quick" }
  }
}
HCL

# answer METHOD PATH [ARGUMENT…]: the status without a token of ours, and the problem's code.
answer() {
  local method=$1 path=$2; shift 2
  curl -sS -X "$method" -o body.json -D head.txt -w '%{http_code}' "$@" "http://127.0.0.1:$PORT$path"
  if grep -qi '^content-type: application/problem+json' head.txt; then jq -r '" " + .code' body.json; fi
}

# The addresses on which someone listens on PORT, as the kernel writes them.
listening() {
  local hex; hex=$(printf '%04X' "$PORT")
  cat /proc/net/tcp /proc/net/tcp6 | awk -v port=":$hex" '$4 == "0A" && index($2, port) {sub(port, "", $2); print $2}'
}

mode() { stat --format '%a' "$1"; }

for system in mem sqlite; do
  step "the port, $system"
  server "$system" --pipeline-config pipeline.hcl --pipeline-name shop
  ctl job trigger shop/quick --watch >/dev/null
  id=$(build shop/quick 1 | jq -r .id)
  for path in /healthz /readyz /version; do same "GET $path without a token" "$(answer GET "$path")" 200; done
  for endpoint in 'GET /api/v1/openapi.json' 'GET /api/v1/status' 'GET /api/v1/events' 'GET /api/v1/workers' 'GET /api/v1/teams/main/pipelines' 'GET /api/v1/teams/main/pipelines/shop' \
    'GET /api/v1/teams/main/pipelines/shop/jobs' 'GET /api/v1/teams/main/pipelines/shop/jobs/quick' \
    'GET /api/v1/teams/main/pipelines/shop/jobs/quick/builds' 'POST /api/v1/teams/main/pipelines/shop/jobs/quick/builds' \
    'GET /api/v1/teams/main/pipelines/shop/jobs/quick/builds/1' 'GET /api/v1/teams/main/pipelines/shop/resources' \
    'PUT /api/v1/teams/main/pipelines/shop' 'DELETE /api/v1/teams/main/pipelines/shop' \
    'POST /api/v1/teams/main/pipelines/shop/pause' "POST /api/v1/builds/$id/rerun" \
    "GET /api/v1/builds/$id" "GET /api/v1/builds/$id/log" "GET /api/v1/builds/$id/events" \
    "POST /api/v1/builds/$id/cancel"; do
    read -r method path <<<"$endpoint"
    same "$endpoint" "$(answer "$method" "$path")" '401 not_authenticated' >/dev/null
    same "$endpoint with a wrong token" "$(answer "$method" "$path" -H "Authorization: Bearer ${TOKEN}x")" '401 not_authenticated' >/dev/null
  done
  sees 'everything else without one, or with a wrong one: 401 not_authenticated'
  same 'builds after these tries' "$(all_builds shop/quick | wc -l)" 1
  same 'with the token' "$(answer GET "/api/v1/builds/$id" -H "Authorization: Bearer $TOKEN")" 200
  same 'addresses it listens on' "$(listening)" 0100007F
  same 'times the token stands in its output' "$(grep -cF "$TOKEN" server.log)" 1
  [ -z "$(processes "$TOKEN")" ] || fail 'the token stands in a process list'

  step "the socket, $system"
  same 'mode of the socket' "$(mode "$SOCKET")" 600
  if [ "$system" = mem ]; then same 'mode of its folder' "$(mode "$(dirname "$SOCKET")")" 700; fi
  same 'over the socket without a token' \
    "$(curl -sS -o /dev/null -w '%{http_code}' --unix-socket "$SOCKET" http://localhost/api/v1/teams/main/pipelines)" 200
  if [ "$(id -u)" = 0 ]; then
    as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups curl -sS --unix-socket "$SOCKET" http://localhost/healthz; }
    ! as_nobody 2>/dev/null || fail 'another user got through the socket'
    sees 'another user: cannot open it'
  fi

  step "after its end, $system"
  stop "$SERVER"
  [ ! -e "$SOCKET" ] || fail "$SOCKET is still there"
  sees 'the socket: gone'
  if [ "$system" = mem ]; then
    rm -f body.json head.txt server.log
    same 'files left where it was started' "$(ls)" pipeline.hcl
    same 'files left in the folder for temporary files' "$(find "$(dirname "$SHOW")" -maxdepth 1 -newer pipeline.hcl -name '*pikoci*' ! -path "$(dirname "$SOCKET")" | wc -l)" 0
    same 'files of that server in the folder of sockets' "$(find "$(dirname "$SOCKET")" -name "*$PORT*" 2>/dev/null | wc -l)" 0
    unset PORT TOKEN
  else
    for file in pikoci.db*; do
      case "$(mode "$file")" in *00) ;; *) fail "$file can be read by others: $(mode "$file")" ;; esac
    done
    sees "for its owner only: $(echo pikoci.db*)"
    server sqlite --pipeline-config pipeline.hcl --pipeline-name shop
    same 'the token of the first start, after a restart' "$(answer GET "/api/v1/builds/$id" -H "Authorization: Bearer $TOKEN")" 200
    if find . -type f ! -name server.log -exec grep -aqF "$TOKEN" {} \; -print | grep -q .; then fail 'the token stands in the database in clear'; fi
    sees 'the token in the database: only its hash'
    stop "$SERVER"
  fi
done
