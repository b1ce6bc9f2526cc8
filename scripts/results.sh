# shellcheck shell=bash
# Sourced: counts what passed and what failed, over processes, in the file $RESULTS (lines `PASSED FAILED NAME`).

# check NAME COMMAND…: runs it; its exit code says. The command is a job of its own, so that `check_stop`, for a
# trap, can end it and all that it started.
check() {
  local name=$1 started=$SECONDS code=0; shift
  printf '\n=== %s\n' "$name"
  set -m
  "$@" </dev/null &
  check_job=$!
  set +m
  wait "$check_job" || code=$?
  check_job=
  if [ "$code" = 0 ]; then
    tally 1 0 "$name"; printf -- '--- passed: %s (%d s)\n' "$name" $((SECONDS - started))
  else
    tally 0 1 "$name"; printf -- '--- FAILED with %d: %s (%d s)\n' "$code" "$name" $((SECONDS - started))
  fi
  return "$code"
}

check_stop() {
  [ -n "${check_job:-}" ] || return 0
  kill -- "-$check_job" 2>/dev/null || true
  wait "$check_job" 2>/dev/null || true
}

# tally PASSED FAILED NAME
tally() { printf '%d %d %s\n' "$@" >>"$RESULTS"; }

# Sums the closing lines of `cargo test` in a file.
tally_cargo() {
  local sums
  sums=$(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' "$1" | awk '{p += $1; f += $2} END {print p + 0, f + 0}')
  tally "${sums% *}" "${sums#* }" 'cargo test'
}

# Names what failed, and prints the closing line. Fails where anything did, or nothing ran.
summary() {
  printf '\n'
  awk '$2 > 0 {$1 = ""; sub(/^ [0-9]+ /, ""); print "failed: " $0}' "$RESULTS"
  awk '{p += $1; f += $2} END {printf "%d passed, %d failed\n", p, f; exit f > 0 || p == 0}' "$RESULTS"
}
