#!/usr/bin/env bash
# Makes the images that tests use, out of files of this machine, since no registry can be reached:
#   busybox:latest       sh and what else busybox has
#   pikoci/make:latest   the same, and make
set -euo pipefail
root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc,root,tmp}
chmod 1777 "$root/tmp"
cp /bin/busybox "$root/bin/"
for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"; done
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
tar -C "$root" -c . | docker import --change 'CMD ["sh"]' - busybox:latest >/dev/null

# make, and the libraries that ldd names, where it expects them
make=$(command -v make)
{ echo "$make"; ldd "$make" | awk '$2 == "=>" {print $3} $1 ~ /^\// {print $1}'; } | while read -r file; do
  install -D "$(realpath "$file")" "$root$file"
done
tar -C "$root" -c . | docker import --change 'CMD ["sh"]' - pikoci/make:latest >/dev/null
