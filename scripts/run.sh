#!/usr/bin/env bash
# Starts the server in memory with examples/hello, which watches the repository that it stands in.
#   PIKOCI  the binary      PORT  where it listens
set -euo pipefail
cd "$(dirname "$0")/.."
: "${PIKOCI:?set PIKOCI to the binary, or call make run}" "${PORT:=8080}"
if ! git rev-parse --quiet --verify HEAD >/dev/null; then
  echo "examples/hello watches a git repository, and $PWD is none that has a commit. Clone one, or run: git init && git add -A && git commit -m first" >&2
  exit 2
fi
cat <<TEXT
Starting PikoCI in memory. Its first build starts at once, the next one at your next commit. Look from another terminal:

  cd $PWD
  $PIKOCI job list
  $PIKOCI build watch hello/hello#last

Ctrl-C ends it, and nothing stays.

TEXT
exec "$PIKOCI" server --db-system mem --pubsub-system mem --run-worker --port "$PORT" \
  --pipeline-config examples/hello/pipeline.hcl --var "repository=$PWD"
