#!/usr/bin/env bash
# The first pipeline of the article, as a file: on a laptop with `pikoci run`, from a git server and from a folder, and
# with both server commands, where a push becomes a build at the next check, whose log comes while it runs.
. "$(dirname "$0")/lib.sh"
readonly FILE=$ROOT/examples/seed/git-and-docker.hcl IMAGE=pikoci/make:latest
docker image inspect "$IMAGE" >/dev/null || fail "there is no image $IMAGE; run make shows, which makes it"

forge
git init --quiet --initial-branch main app
# Where the commit holds a file `slow`, its tests go on only when somebody says so.
cat >app/Makefile <<'MAKE'
test:
	@echo testing $$(cat version)
	@if [ -e slow ]; then while ! [ -e go-on ]; do sleep 0.05; done; fi
	@echo passed $$(cat version)
MAKE
echo one >app/version
commit app 'Version one' >/dev/null
git -C app push --quiet "$FORGE/org/app.git" main
arguments=(--pipeline-config "$FILE" --var "url=$FORGE/org/app.git" --var "image=$IMAGE")

step 'on a laptop, from a git server over HTTP'
code 'pikoci run' 0 "$PIKOCI" run "${arguments[@]}" --job test
grep -q 'passed one' out || { cat out err; fail 'the output of the tests is not there'; }
sees "$(grep -h 'passed' out)"

step 'on a laptop, from a folder that holds what is not committed'
echo uncommitted >app/version
code 'pikoci run --resource' 0 "$PIKOCI" run "${arguments[@]}" --job test --resource "git.my-app=$SHOW/app"
sees "$(grep -h 'passed uncommitted' out)"
printf 'test:\n\t@echo broken; exit 1\n' >broken.mk
cp -r app broken && cp broken.mk broken/Makefile
code 'the same with tests that fail' 1 "$PIKOCI" run "${arguments[@]}" --job test --resource "git.my-app=$SHOW/broken"
same 'files that it left here' "$(ls | tr '\n' ' ')" 'app broken broken.mk err forge forge.log forge.url out '

# The folder that the container of the running build has as /workdir.
mounted() { docker ps --quiet | xargs -r docker inspect --format '{{range .Mounts}}{{.Source}}{{end}}'; }
no_container() { [ -z "$(docker ps --all --quiet)" ]; }
seen() { holds events "testing $1"; }
is_there() { [ -n "$(mounted)" ]; }

for system in mem sqlite; do
  step "as a server, $system: the first check builds what is there"
  server "$system" "${arguments[@]}"
  job=$(ctl job list --output json | jq -r '.items[0].pipeline')/test
  wait_for 30 'the first build' ended "$job" 1
  same 'build 1' "$(status "$job" 1)" succeeded
  same 'its cause' "$(build "$job" 1 | jq -r '.cause.kind + " " + (.cause.detail | sub("ref=.*"; "ref"))')" 'versions git.my-app ref'

  step 'a push becomes a build at the next check'
  echo "$system" >app/version
  touch app/slow
  pushed=$(commit app "Version $system")
  git -C app push --quiet "$FORGE/org/app.git" main
  code 'the next check' 0 ctl resource check git.my-app
  wait_for 20 'build 2' is "$job" 2 running
  same 'what it builds' "$(build "$job" 2 | jq -r '.inputs[0].version.ref')" "$pushed"

  step 'its log comes by curl while it runs'
  id=$(build "$job" 2 | jq -r .id)
  curl -fsSN -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:$PORT/api/v1/builds/$id/events" >events 2>events.log &
  stream=$!
  STARTED+=("$stream")
  wait_for 30 'its first line in the stream' seen "$system"
  same 'the build, while its first line is here' "$(status "$job" 2)" running
  same 'the log so far' "$(api GET "/builds/$id/log" | tail -1)" "testing $system"
  if holds events "passed $system"; then fail 'the last line is there before the tests went on'; fi
  wait_for 10 'its container' is_there
  touch "$(mounted)/app/go-on"
  wait_for 30 'its end' ended "$job" 2
  same 'the build' "$(status "$job" 2)" succeeded
  wait "$stream" || fail 'the stream did not close by itself'
  same 'the last event of the stream' "$(sed -n 's/^event: *//p' events | tail -1)" end
  holds events "passed $system" || fail 'the last line is not in the stream'
  same 'the log' "$(api GET "/builds/$id/log?step=run-tests" | tr '\n' ' ')" "testing $system passed $system "

  stop "$SERVER"
  wait_for 10 'the end of all containers' no_container
  sees 'containers left: none'
  git -C app rm --quiet --cached slow && rm app/slow
  commit app 'Quick again' >/dev/null
  git -C app push --quiet "$FORGE/org/app.git" main
  unset PORT TOKEN
done
