name        = "postgresql"
description = "A PostgreSQL server in a container."

service_type "postgresql" {
  isolated = true

  param "version" {
    default     = "17"
    description = "the tag of the image `postgres`"
  }

  param "image" {
    description = "the whole name of another image with the same entrypoint, instead of `version`"
  }

  param "port" {
    description = "its port on 127.0.0.1; a free one if it is not given"
  }

  param "user" {
    default     = "postgres"
    description = "the superuser"
  }

  param "password" {
    default     = "postgres"
    sensitive   = true
    description = "the superuser's password"
  }

  param "database" {
    default     = "postgres"
    description = "the database that is there from the beginning"
  }

  # Values go to the container by environment: a command line shows in every list of processes.
  start "exec" {
    path = "/bin/sh"
    args = ["-ec", <<-SCRIPT
      export POSTGRES_USER="$param_user" POSTGRES_PASSWORD="$param_password" POSTGRES_DB="$param_database"
      docker run --detach --name "$SERVICE_ID" --label "pikoci.service=$SERVICE_ID" \
        --network "$BUILD_NETWORK" --network-alias "$SERVICE_ALIAS" --publish "127.0.0.1:$param_port:5432" \
        --env POSTGRES_USER --env POSTGRES_PASSWORD --env POSTGRES_DB \
        "$${param_image:-postgres:$param_version}" >/dev/null
      published=$(docker port "$SERVICE_ID" 5432/tcp) || { docker logs --tail 10 "$SERVICE_ID" >&2; exit 1; }
      printf 'PORT=%s\nNETWORK_PORT=5432\n' "$${published##*:}" >>"$PIKOCI_OUTPUT"
    SCRIPT
    ]
  }

  # Over TCP: while the image sets the database up, its server listens on a socket only.
  ready_check "exec" {
    path    = "/bin/sh"
    timeout = "60s"
    args = ["-ec", <<-SCRIPT
      if docker exec "$SERVICE_ID" pg_isready --quiet --host 127.0.0.1 \
        --username "$param_user" --dbname "$param_database" 2>/dev/null; then exit 0; fi
      state=$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$SERVICE_ID")
      case $state in created* | running* | restarting*) exit 1 ;; esac
      printf 'its container has ended (%s); its last words: %s\n' "$state" "$(docker logs --tail 1 "$SERVICE_ID" 2>&1)" >&2
      exit 125
    SCRIPT
    ]
  }

  logs "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec docker logs --follow \"$SERVICE_ID\""]
  }

  # The engine goes on making a container whose client was ended, so one that is not there yet may still come.
  stop "exec" {
    path = "/bin/sh"
    args = ["-ec", <<-SCRIPT
      for look in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        said=$(docker rm --force --volumes "$SERVICE_ID" 2>&1) || true
        case $said in
          "$SERVICE_ID" | *"already in progress"*) exit 0 ;;
          *"o such container"*) sleep 0.1 ;;
          *) printf '%s\n' "$said" >&2; exit 1 ;;
        esac
      done
    SCRIPT
    ]
  }
}
