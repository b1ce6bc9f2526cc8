#!/usr/bin/env bash
# What runs in the sandbox (scripts/sandbox.sh), on what has been built before: the tests of all crates, those
# that need a Docker engine too, and the scripts of tests/shows. Its results go to $RESULTS.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/results.sh
# A limit for what hangs, in seconds; a sound run is far below.
readonly TESTS_LIMIT=1200 SHOW_LIMIT=300
# So many of the simulator's seeds: about 170 s on two cores.
export SIM_SEEDS=${SIM_SEEDS:-1000}
trap check_stop EXIT
trap 'exit 143' TERM

part=$1; shift
target=$(realpath "${CARGO_TARGET_DIR:-target}")
export PIKOCI="$target/debug/pikoci" BIN="$target/debug"
failed=0

rust_tests() {
  local log; log=$(mktemp)
  timeout --kill-after=10 "$TESTS_LIMIT" cargo test --quiet --locked --offline --workspace --no-fail-fast 2>&1 | tee "$log"
  local code=${PIPESTATUS[0]}
  tally_cargo "$log"
  rm -f "$log"
  return "$code"
}

shows() {
  local script name
  for script in tests/shows/[0-9]*.sh; do
    name=$(basename "$script" .sh)
    chosen "$name" "$@" || continue
    check "shows $name" timeout --kill-after=10 "$SHOW_LIMIT" "$script" || failed=1
  done
}

# chosen NAME [PREFIX…]: no prefix chooses all.
chosen() {
  local name=$1 prefix; shift
  [ $# -gt 0 ] || return 0
  for prefix; do case "$name" in "$prefix"*) return 0 ;; esac; done
  return 1
}

scripts/images.sh
export PIKOCI_TEST_DOCKER=1 PIKOCI_TEST_VAULT="$target/tools/bao"
if [ "$part" = all ]; then check 'the tests of all crates' rust_tests || failed=1; fi
shows "$@"
exit "$failed"
