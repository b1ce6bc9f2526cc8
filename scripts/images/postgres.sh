#!/bin/sh
# The entrypoint of our image `postgres`: what pipelines use of the official one's. POSTGRES_PASSWORD, POSTGRES_USER and
# POSTGRES_DB count, and scripts in /docker-entrypoint-initdb.d. Unlike there a password need not be given: then
# everybody is let in.
set -eu
: "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
if [ "${1:-postgres}" != postgres ]; then exec "$@"; fi

if ! [ -s "$PGDATA/PG_VERSION" ]; then
  method=trust
  set -- --username="$POSTGRES_USER" --encoding=UTF8 --no-locale --no-sync --auth=trust
  if [ -n "${POSTGRES_PASSWORD:-}" ]; then
    method=scram-sha-256
    (umask 077; printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password)
    set -- "$@" --pwfile=/tmp/password
  fi
  initdb "$@" >/dev/null
  rm -f /tmp/password
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
  echo 'fsync = off' >>"$PGDATA/postgresql.conf" # nothing here outlives its container
  # Nobody reaches it before it is set up: it listens on its socket only.
  pg_ctl --wait --silent -o '-c listen_addresses=' start
  query() { psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" "$@"; }
  if [ "$POSTGRES_DB" != postgres ]; then
    query --dbname postgres --set "name=$POSTGRES_DB" <<'SQL'
CREATE DATABASE :"name";
SQL
  fi
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) . "$file" ;;
      *.sql) query --dbname "$POSTGRES_DB" --file "$file" ;;
    esac
  done
  pg_ctl --wait --silent --mode fast stop
fi
exec postgres -c 'listen_addresses=*'
