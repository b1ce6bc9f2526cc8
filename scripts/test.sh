#!/usr/bin/env bash
# `make test`: installs what it needs, builds, runs everything in a sandbox that leaves nothing behind, and ends
# with the line `N passed, N failed`. Any failure makes the exit code 1.
#   scripts/test.sh                everything
#   scripts/test.sh shows [NAME…]  only the scripts of tests/shows (those whose names begin so)
set -euo pipefail
cd "$(dirname "$0")/.."
part=${1:-all}; shift || true

if [ "$(id -u)" != 0 ]; then
  echo "This runs a Docker engine and so needs root. Without it there is make check." >&2; exit 2
fi
RESULTS=$(mktemp /tmp/pikoci-results.XXXXXX)
export RESULTS CARGO_TERM_PROGRESS_WHEN=never
. scripts/results.sh
trap 'trap "" INT TERM HUP; check_stop; rm -f "$RESULTS"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

everything() {
  check 'the format is that of rustfmt' cargo fmt --all --check || true
  check 'no lint objects' cargo clippy --quiet --locked --workspace --all-targets -- -D warnings || true
  check 'everything builds' cargo build --quiet --locked --workspace --all-targets || return 0
  check 'all of the sandbox, and nothing left behind' scripts/sandbox.sh scripts/inside.sh all || true
}

scripts/install.sh test
# Also what only other platforms need: the test of licences reads it all, and the sandbox has no network.
check 'every dependency can be had' cargo fetch --quiet --locked || true
case "$part" in
  all) everything ;;
  shows)
    cargo build --quiet --locked --workspace --bins
    check 'all of the sandbox, and nothing left behind' scripts/sandbox.sh scripts/inside.sh shows "$@" || true ;;
  *) echo "usage: scripts/test.sh [shows [NAME…]]" >&2; exit 2 ;;
esac
summary
