#!/usr/bin/env bash
# Installs the Debian packages that a target needs and this machine lacks. Packages are all that it leaves.
#   scripts/install.sh build    to build and run: a C compiler, git
#   scripts/install.sh test     for everything that `make test` runs
set -euo pipefail

# command:package, for those commands that are missing
build=(cc:build-essential git:git)
tests=(curl:curl jq:jq busybox:busybox-static dockerd:docker.io iptables:iptables ip:iproute2
       setpriv:util-linux unshare:util-linux findmnt:util-linux)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${build[@]}" "${tests[@]}") ;;
  *) echo "usage: scripts/install.sh build|test" >&2; exit 2 ;;
esac

export PATH="$PATH:/usr/sbin:/sbin"
missing=()
for pair in "${wanted[@]}"; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
# A docker client without an engine, and a busybox that needs libraries, do not do.
if [ "$1" = test ] && [ -x /bin/busybox ] && ldd /bin/busybox >/dev/null 2>&1; then missing+=(busybox-static); fi
[ ${#missing[@]} -gt 0 ] || exit 0

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
