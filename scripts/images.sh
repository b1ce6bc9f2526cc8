#!/usr/bin/env bash
# Makes the images that tests use, out of files of this machine, since no registry can be reached. They have the names
# that people know, and of their contents what pipelines use:
#   busybox:latest            sh and what else busybox has
#   pikoci/make:latest        the same, and make
#   golang:1.25               the same, and the client of PostgreSQL; no Go, which nothing here needs
#   postgres:16, postgres:17  the newest PostgreSQL that is installed here
#   redis:7                   the Redis that is installed here
#   hashicorp/vault:latest    OpenBao, which speaks the API of Vault (scripts/install.sh)
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
tools=$(realpath "${CARGO_TARGET_DIR:-target}")/tools
postgresql=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail -1)

# root NAME [OF]: a new folder $work/NAME with busybox, or with all that there is in $work/OF.
root() {
  root=$work/$1
  if [ $# = 2 ]; then cp -a "$work/$2" "$root"; return; fi
  mkdir -p "$root"/{bin,etc,root,tmp,usr/bin}
  chmod 1777 "$root/tmp"
  cp /bin/busybox "$root/bin/"
  local applet
  for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'service:x:999:999::/:/bin/sh' >"$root/etc/passwd"
  printf '%s\n' 'root:x:0:' 'service:x:999:' >"$root/etc/group"
}

# add FILE…: programs and libraries, where they are here, and the libraries that they need.
add() {
  local file
  { printf '%s\n' "$@"; ldd "$@" 2>/dev/null | awk '$2 == "=>" {print $3} $1 ~ /^\// && !/:$/ {print $1}'; } |
    sort -u | while read -r file; do install -D "$(realpath "$file")" "$root$file"; done
}

# folder PATH…: folders that belong to the user of the service.
folder() {
  local path
  for path; do install -d -o 999 -g 999 "$root$path"; done
}

# entrypoint NAME: scripts/images/NAME.sh.
entrypoint() { install "scripts/images/$1.sh" "$root/entrypoint"; }

# import TAG [SETTING…]: makes the image, with settings as in a Dockerfile.
import() {
  local tag=$1 setting settings=(); shift
  for setting in "$@"; do settings+=(--change "$setting"); done
  tar -C "$root" -c . | docker import "${settings[@]}" - "$tag" >/dev/null
}

root busybox
import busybox:latest 'CMD ["sh"]'

root make busybox
add "$(command -v make)"
import pikoci/make:latest 'CMD ["sh"]'

root golang make
add "$postgresql"/{psql,pg_isready}
import golang:1.25 "ENV PATH=$postgresql:/bin:/usr/bin" 'CMD ["sh"]'

root postgres busybox
version=$(basename "$(dirname "$postgresql")")
mapfile -t libraries < <(printf '%s\n' "${postgresql%/bin}"/lib/*.so | grep -v llvmjit)
add "$postgresql"/{postgres,initdb,pg_ctl,pg_isready,pg_dump,pg_restore,psql,createdb} "${libraries[@]}"
tar -C / -c "usr/share/postgresql/$version" usr/share/zoneinfo | tar -C "$root" -x
entrypoint postgres
folder /var/lib/postgresql/data /var/run/postgresql /docker-entrypoint-initdb.d
import postgres:17 "ENV PATH=$postgresql:/bin:/usr/bin" 'ENV PGDATA=/var/lib/postgresql/data' \
  'VOLUME /var/lib/postgresql/data' 'USER service' 'EXPOSE 5432' 'ENTRYPOINT ["/entrypoint"]' 'CMD ["postgres"]'
docker tag postgres:17 postgres:16

root redis busybox
add "$(command -v redis-server)" "$(command -v redis-cli)"
folder /data
import redis:7 'VOLUME /data' 'WORKDIR /data' 'USER service' 'EXPOSE 6379' 'CMD ["redis-server", "--protected-mode", "no"]'

root vault busybox
install "$tools/bao" "$root/bin/vault"
entrypoint vault
import hashicorp/vault:latest 'USER service' 'EXPOSE 8200' 'ENTRYPOINT ["/entrypoint"]' 'CMD ["server"]'
