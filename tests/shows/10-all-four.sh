#!/usr/bin/env bash
# The last pipeline of the article, as a file: git, Vault, PostgreSQL and Docker, with one command on a laptop, and the same
# file on the server. The tests in the container reach the database, and only with the password that Vault has.
. "$(dirname "$0")/lib.sh"
readonly FILE=$ROOT/examples/seed/all-four.hcl PASSWORD="canary-$RANDOM\$x\"y z"

# The article keeps Go's modules in a folder of the host, which the engine makes.
[ -e /cache ] || AT_END+=('rmdir /cache/go /cache 2>/dev/null')

forge
push_app "$(cat <<'MAKE'
query = psql --no-psqlrc -At -h $$SERVICE_POSTGRESQL_HOST -p $$SERVICE_POSTGRESQL_PORT -U $$SERVICE_POSTGRESQL_USER
integration-test:
	@echo database: $$SERVICE_POSTGRESQL_HOST:$$SERVICE_POSTGRESQL_PORT
	@! PGPASSWORD=wrong $(query) -c 'select 1' 2>/dev/null
	@PGPASSWORD="$$SERVICE_POSTGRESQL_PASSWORD" $(query) -c "select 'reached as ' || current_user"
	@echo "the password is $$SERVICE_POSTGRESQL_PASSWORD"
MAKE
)"
vault_api
vault_write secret/data/db "$(jq -n --arg password "$PASSWORD" '{data: {$password}}')"

# saw TEXT WHERE: what the tests in the container had to say, and what they must not have been able to.
saw() {
  local line
  for line in 'database: postgresql:5432' 'reached as postgres' 'the password is '; do
    grep -qF -- "$line" "$@" || fail "the output does not say: $line"
    sees "$(grep -hF -- "$line" "$@" | head -1)"
  done
  ! grep -qF -- "${PASSWORD%% *}" "$@" || fail 'the password shows in the output'
  sees 'the password itself: nowhere in the output'
}

step 'as printed it is sound'
code 'pikoci validate' 0 "$PIKOCI" validate "$FILE"

step 'on a laptop, with one command and no server'
code 'pikoci run' 0 "$PIKOCI" run --pipeline-config "$FILE" --var "url=$FORGE/org/app.git" --job test
saw out err
nothing_left

step 'without Vault, with a password of one'"'"'s own'
env -u VAULT_ADDR -u VAULT_TOKEN "$PIKOCI" run --pipeline-config "$FILE" --var "url=$FORGE/org/app.git" \
  --var "db_password=$PASSWORD" --job test >out 2>err || { cat out err; fail 'it did not succeed'; }
saw out err
nothing_left

step 'without a password in Vault nothing starts'
vault_write secret/data/db '{"data": {"other": "x"}}'
code 'pikoci run' 3 "$PIKOCI" run --pipeline-config "$FILE" --var "url=$FORGE/org/app.git" --job test
sees "$(grep -h -m1 password out err)"
nothing_left
vault_write secret/data/db "$(jq -n --arg password "$PASSWORD" '{data: {$password}}')"

step 'the same file on the server'
server mem --pipeline-config "$FILE" --pipeline-name shop --var "url=$FORGE/org/app.git"
wait_for 60 'the first build' ended shop/test 1
ctl build log shop/test#1 >log
[ "$(status shop/test 1)" = succeeded ] || { cat log; fail "the build is $(status shop/test 1)"; }
sees 'build 1: succeeded'
saw log
build shop/test 1 >answer
! grep -qF -- "${PASSWORD%% *}" answer || fail 'the password shows in an answer of the API'
nothing_left
stop "$SERVER"
nothing_left
none_of "$PASSWORD" || fail 'a process has the password in its command line'
