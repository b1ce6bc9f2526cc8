name        = "redis"
description = "A Redis server in a container."

service_type "redis" {
  isolated = true

  param "version" {
    default     = "7"
    description = "the tag of the image `redis`"
  }

  param "image" {
    description = "the whole name of another image, instead of `version`"
  }

  param "port" {
    description = "its port on 127.0.0.1; a free one if it is not given"
  }

  param "password" {
    sensitive   = true
    description = "the password of the user `default`; without it everybody is let in"
  }

  # The password goes by environment and from there by the server's standard input: a command line shows in every
  # list of processes.
  start "exec" {
    path = "/bin/sh"
    args = ["-ec", <<-SCRIPT
      export REDIS_SETTINGS='protected-mode no'
      if [ "$param_password" ]; then
        quoted=$(printf '%s' "$param_password" | sed 's/["\\]/\\&/g')
        export REDISCLI_AUTH="$param_password" REDIS_SETTINGS="requirepass \"$quoted\""
      fi
      docker run --detach --name "$SERVICE_ID" --label "pikoci.service=$SERVICE_ID" \
        --network "$BUILD_NETWORK" --network-alias "$SERVICE_ALIAS" --publish "127.0.0.1:$param_port:6379" \
        --env REDIS_SETTINGS --env REDISCLI_AUTH "$${param_image:-redis:$param_version}" \
        sh -c 'printf "%s\n" "$REDIS_SETTINGS" | exec redis-server -' >/dev/null
      published=$(docker port "$SERVICE_ID" 6379/tcp) || { docker logs --tail 10 "$SERVICE_ID" >&2; exit 1; }
      printf 'PORT=%s\nNETWORK_PORT=6379\n' "$${published##*:}" >>"$PIKOCI_OUTPUT"
    SCRIPT
    ]
  }

  ready_check "exec" {
    path    = "/bin/sh"
    timeout = "60s"
    args = ["-ec", <<-SCRIPT
      answer=$(docker exec "$SERVICE_ID" redis-cli ping 2>/dev/null) || true
      if [ "$answer" = PONG ]; then exit 0; fi
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
