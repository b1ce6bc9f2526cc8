#!/usr/bin/env bash
# A build that is cancelled in the middle leaves nothing: no process, however it hides, no container, network, service or
# folder; its hooks run and its services are stopped. The same after a kill -9 of one of two runs that go on at once, when
# any pikoci starts next; the other run does not notice.
. "$(dirname "$0")/lib.sh"
readonly MARK=65432.$$
docker image inspect busybox:latest >/dev/null || fail "there is no image busybox; run make shows, which makes it"

# pipeline NAME: a pipeline whose processes do not want to end, each run in the folder NAME.
pipeline() {
  mkdir -p "$1"
  cat >"$1/pipeline.hcl" <<HCL
# Of the machine's own kind: a process in the background, which only its stop ends.
service_type "ticker" {
  isolated = true
  start "exec" {
    path = "/bin/sh"
    args = ["-ec", "trap '' TERM; (while :; do echo tick; sleep 0.2; done) & echo PORT=1 >>\$PIKOCI_OUTPUT; echo \$\$ >>$SHOW/$1/started"]
  }
  stop "exec" {
    path = "/bin/sh"
    args = ["-ec", "echo stopped \$SERVICE_NAME >>$SHOW/$1/ticker"]
  }
}

job "stubborn" {
  service "ticker" {
  }
  service "redis" {
    version = "7"
  }

  in_parallel {
    task "processes" {
      run "shell" {
        cmd = <<-SH
          echo "\$WORKDIR" >$SHOW/$1/workdir
          mkdir -p deep/er && touch deep/er/file && chmod 0 deep
          trap '' TERM INT HUP
          sh -c 'trap "" TERM INT HUP; sleep ${MARK}1$2; true' &
          setsid sh -c 'trap "" TERM INT HUP; sleep ${MARK}2$2; true' &
          ( setsid sh -c 'trap "" TERM INT HUP; sleep ${MARK}3$2; true' & )
          while [ ! -e $SHOW/$1/go-on ]; do sleep 0.2 || true; done
        SH
      }
    }
    task "container" {
      run "docker" {
        image = "busybox:latest"
        cmd   = "trap '' TERM INT HUP; mkdir -p of-root; touch of-root/x; chmod 700 of-root; while [ ! -e go-on ]; do sleep 0.2; done"
      }
    }
  }

  on_cancel "shell" {
    cmd = "echo cancelled: \$BUILD_STATUS >>$SHOW/$1/hooks"
  }
  ensure "shell" {
    cmd = "echo ensured >>$SHOW/$1/hooks"
  }
}

job "quick" {
  task "say" {
    run "shell" { cmd = "echo quick" }
  }
}
HCL
}

# start NAME: runs the stubborn job of the folder in the background, and waits until all of it is at work. Sets RUN.
start() {
  (cd "$1" && exec "$PIKOCI" run stubborn </dev/null >"$SHOW/$1.out" 2>&1) &
  RUN=$!
  STARTED+=("$RUN")
  local child
  for child in 1 2 3; do wait_for 60 "child $child of $1" sleepers 1 "$MARK$child$2"; done
  wait_for 60 "the container of $1" container_of "$1"
  sees "$1 is at work: $(docker ps --quiet | wc -l) containers, $(docker network ls --quiet --filter type=custom | wc -l) networks"
}
container_of() { [ -s "$1/workdir" ] && [ -e "$(cat "$1/workdir")/of-root/x" ]; }
no_folder() { [ ! -e "$(cat "$1/workdir")/deep" ] && [ ! -e "$(cat "$1/workdir")/of-root" ]; }

step 'Ctrl-C in the middle'
pipeline one 7
start one 7
kill -INT "$RUN"
ended=0; wait "$RUN" || ended=$?
same 'exit code' "$ended" 130
for child in 1 2 3; do none_of "$MARK${child}7" || fail "child $child is still there"; done
sees 'processes left: none'
same 'its hooks' "$(tr '\n' ' ' <one/hooks)" 'cancelled: cancelled ensured '
same 'its own service' "$(cat one/ticker)" 'stopped ticker'
no_folder one || fail "its workspace holds $(ls -A "$(cat one/workdir)")"
sees 'its workspace: empty'
nothing_left

step 'twice skips the hooks, and never the stop of a service'
rm -rf one; pipeline one 7
start one 7
kill -INT "$RUN"
wait_for 10 'the message' holds one.out cancelling
kill -INT "$RUN"
ended=0; wait "$RUN" || ended=$?
same 'exit code' "$ended" 130
[ ! -e one/hooks ] || fail "hooks ran: $(cat one/hooks)"
same 'its own service' "$(cat one/ticker)" 'stopped ticker'
no_folder one || fail 'its workspace is not empty'
nothing_left

step 'two at once, and one of them is killed with -9'
rm -rf one; pipeline one 7; pipeline two 8
start one 7; first=$RUN
start two 8; second=$RUN
kill -KILL "$first"
wait "$first" 2>/dev/null || true
sees "still there: $(processes "$MARK" | wc -l) processes, $(docker ps --quiet | wc -l) containers of both"
code 'the next run of anything' 0 "$PIKOCI" run --pipeline-config one/pipeline.hcl quick
for child in 1 2 3; do wait_for 5 "the end of child $child" none_of "$MARK${child}7"; done
sees 'processes of the dead run: none'
same 'its own service' "$(cat one/ticker)" 'stopped ticker'
no_folder one || fail 'the workspace of the dead run is not empty'
same 'containers and networks left, which are of the other run' \
  "$(docker ps --quiet | wc -l) $(docker network ls --quiet --filter type=custom | wc -l)" '2 1'
for child in 1 2 3; do sleepers 1 "$MARK${child}8" || fail "child $child of the other run is gone"; done
is_alive "$second" || fail 'the other run is gone'
touch two/go-on "$(cat two/workdir)/go-on"
ended=0; wait "$second" || ended=$?
same 'the other run goes on to its end: exit code' "$ended" 0
same 'its hooks' "$(tr '\n' ' ' <two/hooks)" 'ensured '
for child in 1 2 3; do none_of "$MARK${child}8" || fail "child $child of the other run outlived it"; done
nothing_left
