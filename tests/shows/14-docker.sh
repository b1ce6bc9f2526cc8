#!/usr/bin/env bash
# The docker runner: the image's own settings but for its entrypoint, the way to the worker's host, git in a clone of another
# user, and files that a worker who is not root can work with and put away.
. "$(dirname "$0")/lib.sh"
readonly USER_ID=65534 PORT=$(free_port)

container=$(docker create golang:1.25)
AT_END+=('docker rmi own >/dev/null 2>&1')
docker commit --change 'ENTRYPOINT ["/bin/false"]' --change 'ENV GREETING=hello' "$container" own >/dev/null
docker rm "$container" >/dev/null

mkdir site && echo 'from the host' >site/word
busybox httpd -f -p "0.0.0.0:$PORT" -h site &
STARTED+=("$!")

cat >pipeline.hcl <<HCL
job "image" {
  task "own" {
    run "docker" {
      image = "own"
      cmd   = "echo \$GREETING; psql --version; echo safe.directory: \$GIT_CONFIG_VALUE_0"
    }
  }

  task "host" {
    run "docker" {
      image = "own"
      cmd   = "wget -q -O - http://host.docker.internal:$PORT/word"
    }
  }

  task "fails" {
    allow_failure = true
    run "docker" {
      image = "own"
      cmd   = "exit 41"
    }
  }
}

job "beside" {
  service "redis" {}

  task "host" {
    run "docker" {
      image = "own"
      cmd   = "wget -q -O - http://host.docker.internal:$PORT/word"
    }
  }
}

job "files" {
  task "root" {
    run "docker" {
      image = "own"
      cmd   = "id -u; mkdir -p made/deep; echo one >made/deep/file; ln -s /etc/passwd made/link; echo KEY=told >\"\$PIKOCI_OUTPUT\""
    }
  }

  task "worker" {
    run "shell" { cmd = "echo two >>made/deep/file; echo lines: \$(wc -l <made/deep/file) \$TASK_ROOT_KEY; rm -r made/deep" }
  }

  task "failing" {
    run "docker" {
      image = "own"
      cmd   = "mkdir -p left/behind; touch left/behind/file; exit 3"
    }
  }
}
HCL
says() {
  local text
  for text; do
    grep -qF -- "$text" out err || { cat out err; fail "the output does not say: $text"; }
    sees "$text"
  done
}

step 'what the image sets stays, but for its entrypoint; the worker'"'"'s host is reached'
code 'pikoci run' 0 "$PIKOCI" run image
says hello 'psql (PostgreSQL)' 'safe.directory: *' 'from the host' 'exit code 41'
code 'the same beside a service' 0 "$PIKOCI" run beside
says 'from the host'
nothing_left

step 'a worker who is not root works with what root of a container wrote'
chmod 755 "$SHOW"
install -m 755 "$PIKOCI" pikoci
install -d -o "$USER_ID" home tmp
# The engine of the sandbox is root's: this user may use it here.
socket=${DOCKER_HOST#unix://}
chmod o+x "$(dirname "$socket")" && chmod o+rw "$socket"
as_user() { HOME=$SHOW/home TMPDIR=$SHOW/tmp setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups "$@"; }
code 'pikoci run' 1 as_user ./pikoci run files
says 'lines: 2 told' 'exit code 3'
same 'files in its workspaces' "$(find tmp /tmp/pikoci-$USER_ID ! -type d 2>/dev/null | grep -c /work/ || true)" 0
same 'of root' "$(find tmp /tmp/pikoci-$USER_ID -user root 2>/dev/null | wc -l)" 0
AT_END+=("rm -rf /tmp/pikoci-$USER_ID")
nothing_left
