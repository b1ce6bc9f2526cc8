#!/usr/bin/env bash
# Secrets that want to get out: printed in pieces, encoded, in errors, in outputs. They are nowhere in the output, in no
# command line of what the built-in types start, and, when the build is over, nowhere on the disk. And logs of any size
# take constant memory.
. "$(dirname "$0")/lib.sh"
readonly PLAIN='canary-Tr0ub4dor&3 "quoted"' KEY_LINE=b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ
KEY=$(printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\n%s\nSecondLineOfTheKey+/==\n-----END OPENSSH PRIVATE KEY-----' "$KEY_LINE")
readonly KEY

vault_api
vault_write secret/data/app "$(jq -n --arg plain "$PLAIN" --arg key "$KEY" '{data: {plain: $plain, key: $key, short: "abc"}}')"

cat >pipeline.hcl <<HCL
variable "plain" {
  secret "vault" {
    path = "secret/app"
    key  = "plain"
  }
}
variable "key" {
  secret "vault" {
    path = "secret/app"
    key  = "key"
  }
}
variable "short" {
  secret "vault" {
    path = "secret/app"
    key  = "short"
  }
}
variable "given" {
  sensitive = true
}

# Says in its check, its versions and its errors what it must not.
resource_type "leaky" {
  param "token" {
    sensitive = true
  }
  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "echo \"checking with \$param_token\" >&2; printf '[{\"ref\":\"1\",\"_url\":\"https://x/?t=%s\"}]' plain"]
  }
  pull "exec" {
    path = "/bin/sh"
    args = ["-ec", "echo \"pulling with \$param_token\"; echo \"\$param_token\" >pulled"]
  }
  push "exec" {
    path = "/bin/sh"
    args = ["-ec", "echo \"{\\\\\"ref\\\\\":\\\\\"\$put_note\\\\\"}\""]
  }
}
resource "leaky" "all" {
  params {
    token = "bearer \${var.given}"
  }
}

job "leak" {
  get "leaky" "all" {
  }
  task "print" {
    run "shell" {
      cmd = <<-SH
        echo "\$PLAIN"; printf '%s\n' "\$KEY"; echo "\$SHORT"; echo "\$AUTH"
        # in two writes, at every place
        at=1; while [ "\$at" -lt "\$(printf %s "\$PLAIN" | wc -c)" ]; do
          printf %s "\$PLAIN" | head -c "\$at"; sleep 0.01; printf %s "\$PLAIN" | tail -c +"\$((at + 1))"; echo
          at=\$((at + 1))
        done
        printf %s "\$PLAIN" | base64; printf 'x%s' "\$PLAIN" | base64; printf 'xy%s!' "\$PLAIN" | base64 -w0; echo
        printf %s "\$PLAIN" | jq -Rr @uri; printf %s "\$PLAIN" | jq -R .
        printf 'TOKEN=%s\n' "\$PLAIN" >>"\$PIKOCI_OUTPUT"
        cat pulled; cp pulled "\$SCRATCH/copy"; env | sort
        for directory in /proc/[0-9]*; do tr '\0' ' ' <"\$directory/cmdline" 2>/dev/null; echo; done >$SHOW/cmdlines
      SH
    }
    env {
      PLAIN = var.plain
      KEY   = var.key
      SHORT = var.short
      AUTH  = "Basic \${base64encode("user:\${var.plain}")}"
    }
  }
  task "in-a-container" {
    run "docker" {
      image = "busybox:latest"
      cmd   = "echo \$PLAIN; echo \$TASK_PRINT_TOKEN"
    }
    env {
      PLAIN = var.plain
    }
  }
  put "leaky" "all" {
    note = "\$TASK_PRINT_TOKEN"
  }
  task "fail" {
    run "exec" {
      path = "/no/such/\${var.plain}"
    }
    allow_failure = true
  }
}
HCL

# hidden FILE…: no form of a secret is in the files.
hidden() {
  local form
  for form in "$PLAIN" 'canary-Tr0ub' "$KEY_LINE" SecondLineOfTheKey 'given-9f86d081' "$(printf %s "$PLAIN" | base64 -w0)" \
    "$(printf %s "$PLAIN" | jq -Rr @uri)" "$(printf 'user:%s' "$PLAIN" | base64 -w0)"; do
    ! grep -qaF -e "$form" -- "$@" || fail "a secret shows: $(grep -aF -m1 -e "$form" -- "$@")"
  done
}

step 'on a laptop'
PIKOCI_VAR_given=given-9f86d081 "$PIKOCI" run leak --allow-put >out 2>err </dev/null || true
hidden out err
same 'stars in the output' "$([ "$(grep -c '\*\*\*' out)" -gt 20 ] && echo 'more than 20 lines')" 'more than 20 lines'
holds out 'is shorter than 4' || holds err 'is shorter than 4' || fail 'nothing is said of the secret that is too short to be masked'
sees "$(grep -hm1 'shorter than 4' out err)"
! grep -aq -e 'canary-Tr0ub' -e "$KEY_LINE" -e given-9f86 cmdlines || fail 'a command line has a secret in it'
sees "command lines looked at: $(grep -c . cmdlines), none with a secret"
left=$(grep -rlaF -e 'canary-Tr0ub' -e "$KEY_LINE" -e given-9f86d081 "/tmp/pikoci-$(id -u)" "$HOME/.cache" 2>/dev/null || true)
same 'files that hold one when it is over' "$left" ''
nothing_left

step 'on the server, with its ledger on disk'
PIKOCI_VAR_given=given-9f86d081 server sqlite --pipeline-config pipeline.hcl --pipeline-name shop --var given=given-9f86d081
job=shop/leak
ctl job trigger "$job" >/dev/null
wait_for 90 'the end of the build' ended "$job" 1
ctl build log "$job#1" >log
hidden log server.log
[ "$(grep -c '\*\*\*' log)" -gt 20 ] || fail 'the log has no stars in it'
build "$job" 1 >answer
api GET "/teams/main/pipelines/shop/resources" >>answer
hidden answer
stop "$SERVER"
left=$(grep -rlaF -e 'canary-Tr0ub' -e "$KEY_LINE" -e given-9f86d081 pikoci.db* "/tmp/pikoci-$(id -u)" 2>/dev/null || true)
same 'files that hold one when it is over' "$left" ''
nothing_left

step 'logs of any size take constant memory'
cat >large.hcl <<'HCL'
variable "token" {
  sensitive = true
}
job "lines" {
  task "write" {
    run "shell" { cmd = "yes 'an ordinary line of a log, as long as most of them are' | head -c 1000000000" }
    env {
      TOKEN = var.token
    }
  }
}
job "line" {
  task "write" {
    run "shell" { cmd = "head -c 1000000000 /dev/zero | tr '\\0' x" }
    env {
      TOKEN = var.token
    }
  }
}
HCL
# peak JOB: runs it, and prints its peak resident memory in MB.
peak() {
  "$PIKOCI" run "$1" -p large.hcl --var token=xxxxxxxxxyz </dev/null >/dev/null 2>err &
  local run=$! high=0 now
  while is_alive "$run"; do
    now=$(awk '/^VmHWM/ {print int($2 / 1024)}' "/proc/$run/status" 2>/dev/null || true)
    [ -z "$now" ] || high=$now
    sleep 0.1
  done
  wait "$run" || { cat err >&2; fail "$1 did not succeed"; }
  echo "$high"
}
for job in lines line; do
  high=$(peak "$job")
  [ "$high" -gt 0 ] && [ "$high" -lt 64 ] || fail "1 GB of $job took $high MB"
  sees "1 GB, job $job: peak $high MB"
done
