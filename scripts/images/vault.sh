#!/bin/sh
# The entrypoint of our image `hashicorp/vault`, which holds OpenBao: what pipelines use of the official one's. Without
# words it is a server in development mode, whose token is VAULT_DEV_ROOT_TOKEN_ID.
set -eu
: "${VAULT_DEV_LISTEN_ADDRESS:=0.0.0.0:8200}"
export VAULT_DEV_LISTEN_ADDRESS
case ${1:-server} in
  server) exec vault server -dev -dev-no-store-token ;;
  *) exec "$@" ;;
esac
