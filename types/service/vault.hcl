name        = "vault"
description = "A Vault server in development mode, in a container."

service_type "vault" {
  isolated = true

  param "version" {
    default     = "latest"
    description = "the tag of the image `hashicorp/vault`"
  }

  param "image" {
    description = "the whole name of another image with the program `vault` or `bao`, instead of `version`"
  }

  param "port" {
    description = "its port on 127.0.0.1; a free one if it is not given"
  }

  param "root_token" {
    default     = "root"
    sensitive   = true
    description = "the token that may do everything"
  }

  # The entrypoint of the image would put the token into a command line, which shows in every list of processes.
  start "exec" {
    path = "/bin/sh"
    args = ["-ec", <<-SCRIPT
      export VAULT_DEV_ROOT_TOKEN_ID="$param_root_token"
      docker run --detach --name "$SERVICE_ID" --label "pikoci.service=$SERVICE_ID" \
        --network "$BUILD_NETWORK" --network-alias "$SERVICE_ALIAS" --publish "127.0.0.1:$param_port:8200" \
        --cap-add IPC_LOCK --env VAULT_DEV_ROOT_TOKEN_ID --env VAULT_DEV_LISTEN_ADDRESS=0.0.0.0:8200 \
        --env VAULT_ADDR=http://127.0.0.1:8200 --entrypoint /bin/sh "$${param_image:-hashicorp/vault:$param_version}" \
        -c 'exec "$(command -v vault || command -v bao)" server -dev -dev-no-store-token' >/dev/null
      published=$(docker port "$SERVICE_ID" 8200/tcp) || { docker logs --tail 10 "$SERVICE_ID" >&2; exit 1; }
      printf 'PORT=%s\nNETWORK_PORT=8200\n' "$${published##*:}" >>"$PIKOCI_OUTPUT"
    SCRIPT
    ]
  }

  ready_check "exec" {
    path    = "/bin/sh"
    timeout = "60s"
    args = ["-ec", <<-SCRIPT
      if docker exec "$SERVICE_ID" /bin/sh -c 'exec "$(command -v vault || command -v bao)" status' >/dev/null 2>&1; then exit 0; fi
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
