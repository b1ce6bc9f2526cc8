#!/usr/bin/env bash
# Runs a command where it can leave nothing behind: with processes, network, mounts, /tmp, /run and HOME of its
# own, and a Docker engine of its own in there (DOCKER_HOST is set). When the command has ended, what it left
# running, its containers and its files are named, and make the sandbox fail; then all of it goes, also after
# Ctrl-C or a kill. The network in there is a loopback and the engine's bridge: nothing reaches the outside.
#
#   scripts/sandbox.sh COMMAND [ARGUMENT…]
#
# Exit code: the command's; 99 where it left something behind. SANDBOX_DOCKER=0 starts no engine.
set -euo pipefail
readonly LEFT_BEHIND=99
# How long what is just ending may take to be gone, in steps of 0.1 s.
readonly PATIENCE=50

# ---------------------------------------------------------------------------------------------- outside
outside() {
  [ "$(id -u)" = 0 ] || { echo "The sandbox needs root, for its namespaces and its Docker engine." >&2; exit 2; }
  sweep
  base=$(mktemp -d /var/tmp/pikoci-test.XXXXXX)
  exec 8<"$base"
  flock 8
  trap remove EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # A job of its own (-m), or SIGINT would be ignored in there; and no longer than this shell (pdeathsig).
  set -m
  setpriv --pdeathsig KILL unshare --net --pid --mount --ipc --fork --kill-child --mount-proc \
    "$0" --inside "$base" "$@" </dev/null 8<&- &
  child=$!
  set +m
  local code=0
  wait "$child" || code=$?
  child=
  exit "$code"
}

remove() {
  trap '' INT TERM HUP
  if [ -n "${child:-}" ]; then kill -KILL -- "-$child" 2>/dev/null || true; wait "$child" 2>/dev/null || true; fi
  local hierarchy
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ -d "$hierarchy/$(cgroup)" ] || continue
    find "$hierarchy/$(cgroup)" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
  # What was killed a moment ago may still be writing.
  local _
  for _ in $(seq "$PATIENCE"); do
    if rm -rf "$base" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  rm -rf "$base"
}

# Removes the folders of sandboxes that were killed with -9: those that nobody holds.
sweep() {
  local stale
  for stale in /var/tmp/pikoci-test.*; do
    [ -d "$stale" ] || continue
    if flock --nonblock "$stale" true; then (base=$stale; remove); fi
  done
}

# The cgroup below which our engine puts its containers.
cgroup() { basename "$base"; }

# ----------------------------------------------------------------------------------------------- inside
inside() {
  base=$1; shift
  # This shell is process 1 in here: only signals that it traps reach it.
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mkdir "$base/tmp" "$base/home"
  busybox ip link set lo up
  busybox mount -t tmpfs -o mode=755 tmpfs /run
  own_tmp
  if [ -d /etc/docker ]; then busybox mount -t tmpfs -o mode=755 tmpfs /etc/docker; fi
  export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_NET_OFFLINE=true
  export HOME="$base/home"
  unset TMPDIR
  engine=0
  left=
  if [ "${SANDBOX_DOCKER:-1}" = 1 ]; then engine_start; fi
  local code=0
  "$@" || code=$?
  if [ "$engine" != 0 ]; then
    until_empty left_in_engine
    engine_stop
  fi
  until_empty left_processes
  until_empty left_files
  if [ -n "$left" ]; then
    printf 'left behind:\n%s' "$left" >&2
    [ "$code" != 0 ] || code=$LEFT_BEHIND
  fi
  exit "$code"
}

# Puts an empty folder in the place of /tmp, in which only what the command needs of the old one can be reached.
own_tmp() {
  chmod 1777 "$base/tmp"
  kept=()
  local needed
  for needed in "$PWD" "$(realpath "${CARGO_TARGET_DIR:-target}")" "${RESULTS:-}" "${CARGO_HOME:-}" "${RUSTUP_HOME:-}"; do
    case "$needed" in /tmp/*) keep "$needed" ;; esac
  done
  busybox mount --rbind "$base/tmp" /tmp
}

keep() {
  [ ! -e "$base$1" ] || return 0
  if [ -d "$1" ]; then mkdir -p "$base$1"; else mkdir -p "$base$(dirname "$1")" && touch "$base$1"; fi
  busybox mount --bind "$1" "$base$1"
  kept+=("$1")
}

engine_start() {
  export DOCKER_HOST="unix://$base/docker.sock"
  # Tests that become another user, in the engine's group, get as far as its socket.
  chmod 711 "$base"
  mkdir "$base/engine"
  PATH="$PATH:/usr/sbin:/sbin" setsid dockerd --host "$DOCKER_HOST" --data-root "$base/engine/data" \
    --exec-root "$base/engine/exec" --pidfile "$base/engine/pid" --cgroup-parent "/$(cgroup)" \
    >"$base/engine/log" 2>&1 </dev/null &
  engine=$!
  local _
  for _ in $(seq 600); do
    if docker info >/dev/null 2>&1; then return 0; fi
    if ! kill -0 "$engine" 2>/dev/null; then break; fi
    sleep 0.05
  done
  tail -20 "$base/engine/log" >&2
  echo "the Docker engine did not start; above is the end of its log" >&2
  exit 1
}

engine_stop() {
  kill "$engine" 2>/dev/null || true
  wait "$engine" 2>/dev/null || true
}

# Adds what a listing names to $left, after a moment in which what is just ending may go.
until_empty() {
  local _ found
  for _ in $(seq "$PATIENCE"); do
    found=$("$1")
    [ -n "$found" ] || return 0
    sleep 0.1
  done
  left+="$found"$'\n'
}

left_in_engine() {
  docker ps --all --format 'container {{.Names}}, {{.Status}}'
  docker network ls --filter type=custom --format 'network {{.Name}}'
  docker volume ls --format 'volume {{.Name}}'
}

# All processes in here but this shell and the subshell that looks.
left_processes() {
  local directory pid words line
  for directory in /proc/[0-9]*; do
    pid=${directory#/proc/}
    if [ "$pid" = 1 ] || [ "$pid" = "$BASHPID" ]; then continue; fi
    # What is dead, and only not yet reaped, has no words.
    mapfile -d '' words 2>/dev/null <"$directory/cmdline" || continue
    [ ${#words[@]} -gt 0 ] || continue
    line="${words[*]}"
    printf 'process %s: %s\n' "$pid" "${line:0:150}"
  done
}

# Files of /tmp and of HOME, but for what was kept, and for the folders that `pikoci run` keeps for the next one, as
# long as they are empty.
left_files() {
  local path skip=(-path "/tmp/pikoci-$(id -u)*" -type d)
  for path in "${kept[@]}"; do
    skip+=(-o -path "$path" -prune)
    while path=$(dirname "$path"); [ "$path" != /tmp ]; do skip+=(-o -path "$path"); done
  done
  find /tmp "$HOME" -mindepth 1 \( "${skip[@]}" \) -o -printf 'file %p\n' | head -20
}

case "${1:-}" in
  '') echo "usage: scripts/sandbox.sh COMMAND [ARGUMENT…]" >&2; exit 2 ;;
  --inside) shift; inside "$@" ;;
  *) outside "$@" ;;
esac
