#!/usr/bin/env bash
# A chain with fan-in over real git pushes and a webhook; five pull requests at once, each a line of work of its own;
# deploys that hold a serial group while pushes go on.
. "$(dirname "$0")/lib.sh"

forge
push_app $'all:\n\techo made'

cat >pipeline.hcl <<HCL
resource "git" "app" {
  params {
    url    = "$FORGE/org/app.git"
    branch = "main"
  }
  check_interval = "@every 10m"
}

resource "git" "pulls" {
  params {
    url = "$FORGE/org/app.git"
    pr  = true
  }
  check_interval = "@every 10m"
}

job "test" {
  # One after the other, so that none passes before an older one: deploys never go back.
  concurrency = 1
  get "git" "app" { trigger = true }
  task "test" {
    run "shell" { cmd = "echo testing \$GET_APP_REF" }
  }
}

job "lint" {
  # One after the other, so that none passes before an older one: deploys never go back.
  concurrency = 1
  get "git" "app" { trigger = true }
  task "lint" {
    run "shell" { cmd = "sleep 0.2; echo linting \$GET_APP_REF" }
  }
}

job "deploy" {
  serial_groups = ["production"]
  get "git" "app" {
    trigger = true
    passed  = ["test", "lint"]
  }
  task "deploy" {
    run "shell" {
      cmd = <<-SH
        mkdir $SHOW/production || { echo 'somebody else deploys' >&2; exit 1; }
        sleep 0.5
        rmdir $SHOW/production
        echo "\$GET_APP_REF" >>$SHOW/deployed
      SH
    }
  }
}

job "smoke" {
  serial_groups = ["production"]
  get "git" "app" {
    trigger = true
    passed  = ["deploy"]
  }
  task "smoke" {
    run "shell" {
      cmd = <<-SH
        mkdir $SHOW/production || { echo 'somebody else deploys' >&2; exit 1; }
        sleep 0.1
        rmdir $SHOW/production
      SH
    }
  }
}

job "pull" {
  get "git" "pulls" { trigger = true }
  task "test" {
    run "shell" { cmd = "echo pull request \$GET_PULLS_PR at \$GET_PULLS_REF" }
  }
}
HCL
server sqlite --pipeline-config pipeline.hcl --pipeline-name shop --slots 4

# The commits that a job's builds took, oldest first.
taken() { whole_builds "shop/$1" | jq -r --arg input "$2" '.inputs[] | select(.name == $input) | .version.ref' | tac; }
ended_with() { [ "$(all_builds "shop/$1" | jq -r .status | sort | uniq -c | xargs)" = "$2 succeeded" ]; }

step 'the first commit goes through the chain by itself'
wait_for 60 'the end of the chain' ended_with smoke 1
first=$(git -C app rev-parse HEAD)
for job in test lint deploy smoke; do same "what $job took" "$(taken "$job" app)" "$first"; done

step 'five pushes, each told by a webhook while a deploy may run'
token=$(api GET /teams/main/pipelines/shop/resources/git.app | jq -r .webhook_token)
for number in 1 2 3 4 5; do
  commit app "Change $number" >>pushed
  git -C app push --quiet "$FORGE/org/app.git" main
  code "webhook $number" 0 curl -fsS -X POST -d '{"ref": "refs/heads/main"}' "http://127.0.0.1:$PORT/webhooks/$token"
  sleep 0.1
done
wait_for 120 'the end of the chain of six' ended_with smoke 6
{ echo "$first"; cat pushed; } >expected
for job in test lint deploy smoke; do
  taken "$job" app >"taken-$job"
  diff expected "taken-$job" >&2 || fail "$job took other commits, or in another order"
  sees "$job: each of the six commits once, oldest first"
done
same 'deployed, as the task wrote it' "$(cat deployed)" "$(cat expected)" >/dev/null
sees "deploys and smoke tests held the group one at a time: $(wc -l <deployed) of 6"
for number in 1 2 3 4 5 6; do
  upstream=$(build shop/deploy "$number" | jq -r '.inputs[0].version.ref')
  same "test and lint of deploy #$number" "$(sed -n "${number}p" taken-test taken-lint | sort -u)" "$upstream" >/dev/null
done
sees 'each deploy took what test and lint had passed'

step 'five pull requests at once'
for number in 1 2 3 4 5; do
  git -C app switch --quiet --create "pull-$number" main
  echo "$number" >"app/pull-$number"
  head=$(commit app "Pull request $number")
  echo "$head" >>pulls
  git -C app push --quiet "$FORGE/org/app.git" "$head:refs/pull/$number/head" "$head:refs/pull/$number/merge"
done
code 'a check' 0 ctl resource check shop/git.pulls
wait_for 60 'five builds' ended_with pull 5
same 'the pull requests that were built' "$(taken pull pulls | sort | xargs)" "$(sort pulls | xargs)"
same 'their spaces' "$(whole_builds shop/pull | jq -r .space | sort | xargs)" 'pr/1 pr/2 pr/3 pr/4 pr/5'
echo more >app/pull-5
again=$(commit app 'Pull request 5 again')
git -C app push --quiet --force "$FORGE/org/app.git" "$again:refs/pull/5/head" "$again:refs/pull/5/merge"
code 'a check' 0 ctl resource check shop/git.pulls
wait_for 60 'one more build' ended_with pull 6
same 'what it took' "$(taken pull pulls | tail -1)" "$again"

step 'why nothing more runs'
code 'why' 0 ctl job why shop/deploy
sees "$(cat out)"
