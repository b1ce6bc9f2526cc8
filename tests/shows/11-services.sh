#!/usr/bin/env bash
# Services: a PostgreSQL of the build's own is reached from the worker, from a container on the build's network and from one
# on the host's; two builds have one each at the same time, and one build has two. Redis and Vault, and the article's own
# service. However a build ends, nothing is left.
. "$(dirname "$0")/lib.sh"
readonly PASSWORD="canary-$RANDOM\$x\"y"

cat >pipeline.hcl <<HCL
variable "password" {
  default   = "postgres"
  sensitive = true
}

variable "port" {
  default = ""
}

locals {
  query = "psql --no-psqlrc -qAt -h \$SERVICE_POSTGRESQL_HOST -p \$SERVICE_POSTGRESQL_PORT -U ada shop -c"
  say   = "PGPASSWORD=\"\$SERVICE_POSTGRESQL_PASSWORD\" \${local.query} \"select 'reached ' || current_database() || ' from \$FROM'\""
}

job "reach" {
  service "postgresql" {
    user     = "ada"
    database = "shop"
    password = var.password
  }

  task "exec" {
    run "exec" {
      path = "psql"
      args = ["-At", "-h", service.postgresql.host, "-p", service.postgresql.port, "-U", "ada", "shop", "-c", "select 'reached shop from exec'"]
    }
    env {
      PGPASSWORD = var.password
    }
  }

  task "processes" {
    run "shell" {
      cmd = <<-SH
        docker ps --filter label=pikoci.service --format '{{.Labels}}' | sed 's/=.*//'
        for file in /proc/[0-9]*/cmdline; do tr '\0' ' ' <\$file 2>/dev/null || true; echo; done >$SHOW/processes
      SH
    }
  }

  task "network" {
    run "docker" {
      image = "golang:1.25"
      cmd   = "echo \$SERVICE_POSTGRESQL_HOST:\$SERVICE_POSTGRESQL_PORT; \${local.say}"
    }
    env {
      FROM = "network"
    }
  }

  task "host" {
    run "docker" {
      image = "golang:1.25"
      cmd   = "echo \$SERVICE_POSTGRESQL_HOST; \${local.say}"
      args  = ["--network", "host"]
    }
    env {
      FROM = "host"
    }
  }
}

job "two" {
  service "postgresql" {
    user     = "ada"
    database = "shop"
  }

  service "postgresql" "old" {
    version  = "16"
    database = "shop"
    user     = "ada"
  }

  task "both" {
    run "docker" {
      image = "golang:1.25"
      cmd   = <<-SH
        export PGPASSWORD=postgres
        echo "\$SERVICE_POSTGRESQL_HOST and \$SERVICE_OLD_HOST, version \$SERVICE_OLD_VERSION"
        \${local.query} 'create table only_new ()'
        psql -qAt -h "\$SERVICE_OLD_HOST" -p "\$SERVICE_OLD_PORT" -U ada shop -c "select count(*) || ' tables in old' from pg_tables where tablename = 'only_new'"
      SH
    }
  }

  task "ports" {
    run "shell" {
      cmd = "test \"\$SERVICE_POSTGRESQL_PORT\" != \"\$SERVICE_OLD_PORT\" && echo different ports"
    }
  }
}

job "wait" {
  service "postgresql" {
    user     = "ada"
    database = "shop"
  }

  task "stay" {
    run "shell" {
      cmd = <<-SH
        export PGPASSWORD=postgres
        \${local.query} 'create table mine ()'
        echo at work
        touch $SHOW/at-work-\$BUILD_ID
        while ! [ -e $SHOW/go-on ]; do sleep 0.05; done
        \${local.query} "select count(*) || ' table' from pg_tables where tablename = 'mine'"
      SH
    }
  }
}

job "fail" {
  service "postgresql" {}

  task "no" {
    run "shell" { cmd = "exit 4" }
  }
}

job "broken" {
  service "postgresql" {
    image = "busybox"
  }

  task "never" {
    run "shell" { cmd = "touch $SHOW/never" }
  }
}

job "ends" {
  service "postgresql" {
    database = "template1"
  }

  task "never" {
    run "shell" { cmd = "touch $SHOW/never" }
  }
}

job "fixed" {
  service "postgresql" {
    port = var.port
  }

  task "reach" {
    run "shell" {
      cmd = <<-SH
        echo "port \$SERVICE_POSTGRESQL_PORT"
        touch $SHOW/has-the-port
        while ! [ -e $SHOW/go-on ]; do sleep 0.05; done
      SH
    }
  }
}

job "redis" {
  service "redis" {
    password = var.password
  }

  task "reach" {
    run "shell" {
      cmd = <<-SH
        export REDISCLI_AUTH="\$SERVICE_REDIS_PASSWORD"
        redis-cli -h "\$SERVICE_REDIS_HOST" -p "\$SERVICE_REDIS_PORT" set key 'reached redis' >/dev/null
        redis-cli -h "\$SERVICE_REDIS_HOST" -p "\$SERVICE_REDIS_PORT" get key
        env -u REDISCLI_AUTH redis-cli -h "\$SERVICE_REDIS_HOST" -p "\$SERVICE_REDIS_PORT" get key || true
      SH
    }
  }
}

job "vault" {
  service "vault" {
    root_token = var.password
  }

  task "reach" {
    run "shell" {
      cmd = <<-SH
        ask() {
          printf 'X-Vault-Token: %s\n' "\$SERVICE_VAULT_ROOT_TOKEN" |
            curl -fsS -H @- "\$@" "http://\$SERVICE_VAULT_HOST:\$SERVICE_VAULT_PORT/v1/secret/data/db"
        }
        ask -d '{"data": {"word": "reached vault"}}' >/dev/null
        ask | jq -r .data.data.word
      SH
    }
  }
}
HCL
run() { "$PIKOCI" run --pipeline-config pipeline.hcl "$@" </dev/null; }
# says TEXT…: the last run said each of them.
says() {
  local text
  for text; do
    grep -qF -- "$text" out err || { cat out err; fail "the output does not say: $text"; }
    sees "$text"
  done
}

step 'PostgreSQL: reached from everywhere'
code 'pikoci run' 0 run reach --var "password=$PASSWORD"
says 'reached shop from exec' 'pikoci.service' 'postgresql:5432' 'reached shop from network' '127.0.0.1' \
  'reached shop from host' 'database system is ready to accept connections'
# The command line of `pikoci run` itself is ours, and has it.
! grep -v -- '--var' processes | grep -qF -- "$PASSWORD" || fail 'the password stands in a command line'
sees 'the password: in no command line'
! grep -qF -- "$PASSWORD" out err || fail 'the password shows in the output'
nothing_left

step 'two in one job'
code 'pikoci run' 0 run two
says 'postgresql and old, version 16' '0 tables in old' 'different ports'
nothing_left

# begin NAME: a build that waits in the middle, in the background.
begin() {
  "$PIKOCI" run --pipeline-config pipeline.hcl wait >"$1.out" 2>&1 </dev/null &
  BUILD=$!
  STARTED+=("$BUILD")
}
services() { [ "$(docker ps --quiet --filter label=pikoci.service | wc -l)" = "$1" ]; }
at_work() { holds "$1.out" 'at work'; }

step 'two builds at once'
begin first; first=$BUILD
begin second; second=$BUILD
wait_for 60 'the first build at work' at_work first
wait_for 60 'the second build at work' at_work second
services 2 || fail "there are not two: $(docker ps)"
sees 'databases: 2'
touch go-on
for build in "$first" "$second"; do wait "$build" || { cat first.out second.out; fail 'a build did not succeed'; }; done
sees "$(grep -h '1 table' first.out second.out | tr '\n' ' ')"
nothing_left
rm -f go-on

step 'stopped after a failure, a cancel, a start that fails, and a kill -9'
code 'a job whose task fails' 1 run fail
nothing_left
begin cancelled
wait_for 60 'the build at work' at_work cancelled
kill -INT "$BUILD"
ended=0; wait "$BUILD" || ended=$?
same 'exit code after Ctrl-C' "$ended" 130
nothing_left
for job in broken ends; do
  code "a service that ends at once ($job)" 3 run "$job"
  [ ! -e never ] || fail 'the step ran without its service'
  nothing_left
done
says 'its container has ended (exited' 'database "template1" already exists'
begin killed
wait_for 60 'the build at work' at_work killed
kill -KILL "$BUILD"
wait "$BUILD" 2>/dev/null || true
services 1 || fail 'there is nothing to sweep'
code 'the next run' 1 run fail
wait_for 20 'the end of what the killed one left' engine_is_empty
nothing_left

step 'Redis'
code 'pikoci run' 0 run redis --var "password=$PASSWORD"
says 'reached redis' 'NOAUTH'
nothing_left

step 'Vault'
code 'pikoci run' 0 run vault --var "password=$PASSWORD"
says 'reached vault'
nothing_left

step 'a fixed port: builds wait for each other, and a stranger who has it is named'
port=$(free_port)
fixed() { "$PIKOCI" run --pipeline-config pipeline.hcl fixed --var "port=$port" >"$1.out" 2>&1 </dev/null & BUILD=$!; STARTED+=("$BUILD"); }
fixed holder; holder=$BUILD
wait_for 60 'the build that has the port' test -e has-the-port
fixed waiter; waiter=$BUILD
wait_for 20 'the one that waits' holds waiter.out 'waits for port'
sees "$(grep -h -m1 'waits for port' waiter.out)"
services 1 || fail "there is not one: $(docker ps)"
touch go-on
for build in "$holder" "$waiter"; do wait "$build" || { cat holder.out waiter.out; fail 'a build did not succeed'; }; done
says_in() { grep -qF -- "$2" "$1" || { cat "$1"; fail "it does not say: $2"; }; sees "$2"; }
says_in waiter.out "port $port"
rm -f go-on
nothing_left
forge
port=${FORGE##*:}
code 'with a port of the git server' 3 run fixed --var "port=$port"
says 'git-http'
nothing_left

step "the article's own service, as printed"
push_app 'integration-test:
	@psql --no-psqlrc -At -h localhost -U postgres -c "select '"'reached with make'"'"'
file=$ROOT/examples/seed/services.hcl
code 'pikoci validate' 0 "$PIKOCI" validate "$file"
code 'pikoci run' 0 "$PIKOCI" run --pipeline-config "$file" --var "url=$FORGE/org/app.git" integration
says 'reached with make'
same 'containers left' "$(docker ps --all --quiet | wc -l)" 0
# Its `docker rm` is without -v, and so keeps the volume that the image asks for.
docker volume prune --force >/dev/null
nothing_left
