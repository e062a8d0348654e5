#!/usr/bin/env bash
# What clean_debian.sh runs inside the clean root. Fails at the first thing that is not as it
# should be; the last line is "clean Debian: ok".
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

fail() { echo "clean Debian: $*" >&2; exit 1; }
# is WANTED COMMAND...: the command's output is this.
is() {
  local wanted="$1" got
  shift
  got="$("$@")" || fail "$* failed: $got"
  [ "$got" = "$wanted" ] || fail "$*: '$got', not '$wanted'"
}
as() { setpriv --reuid "$1" --regid "$1" --init-groups env HOME=/ "${@:2}"; }
pgattic() { as pgattic env PGATTIC_CONFIG=/etc/pgattic/pgattic.toml pgattic "$@"; }
sql() { as postgres psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

apt-get update -q > /dev/null
apt-get install -y -q --no-install-recommends /root/pgattic.deb > /root/install.log 2>&1 ||
  { cat /root/install.log; fail "the package does not install"; }
ldd /usr/bin/pgattic /usr/lib/libpgattic.so | grep 'not found' && fail "a library is missing"
pgattic --version > /dev/null
is 'root pgattic 640' stat -c '%U %G %a' /etc/pgattic/pgattic.toml
[ -s /usr/share/doc/pgattic/copyright ] || fail "no copyright"

apt-get install -y -q --no-install-recommends postgresql-15 curl ca-certificates > /root/install.log 2>&1 ||
  { cat /root/install.log; fail "no PostgreSQL"; }
pg_ctlcluster 15 main start
sql -c 'CREATE ROLE shop LOGIN' -c 'CREATE DATABASE shop OWNER shop'
sql -d shop -c 'SET ROLE shop' -c "
  CREATE SCHEMA app;
  CREATE TABLE app.events (id bigint NOT NULL, at timestamptz NOT NULL, body text)
    PARTITION BY RANGE (at);
  CREATE TABLE app.events_2024_01 PARTITION OF app.events
    FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');
  CREATE TABLE app.events_2024_02 PARTITION OF app.events
    FOR VALUES FROM ('2024-02-01 00:00+00') TO ('2024-03-01 00:00+00');
  INSERT INTO app.events SELECT n, '2024-01-01 00:00+00'::timestamptz + n * interval '1 hour',
    repeat('event ' || n, 20) FROM generate_series(1, 1400) AS n;
  ANALYZE"
sql -d shop -v owner=shop -v schema=app -v games=off -f /usr/share/pgattic/sql/grants.sql

install -d -o pgattic -g pgattic /var/lib/pgattic
cat > /etc/pgattic/pgattic.toml << 'TOML'
database.url = "postgresql:///shop"
archive.url = "file:///var/lib/pgattic"
[[source]]
table = "app.events"
id_column = "id"
grace = "0"
TOML
pgattic init > /dev/null
pgattic doctor > /dev/null || fail "doctor finds something"
pgattic archive 2> /root/archive.log || { cat /root/archive.log; fail "archive failed"; }
is 0 sql -d shop -c 'SELECT count(*) FROM app.events'
pgattic verify > /dev/null
is '"archive"' sh -c 'setpriv --reuid pgattic --regid pgattic --init-groups \
  pgattic get 700 -c /etc/pgattic/pgattic.toml | sed "s/.*\"tier\": *\([^,]*\),.*/\1/"'

coproc SERVE {
  exec setpriv --reuid pgattic --regid pgattic --init-groups \
    pgattic serve -c /etc/pgattic/pgattic.toml --listen 127.0.0.1:0
}
serve="$SERVE_PID"
read -r line <&"${SERVE[0]}"
is 200 curl -s -o /dev/null -w '%{http_code}' "${line##* }/v1/rows/app.events/700"
is 200 curl -s -o /dev/null -w '%{http_code}' "${line##* }/readyz"
kill "$serve"
wait "$serve" || fail "serve did not end well"

apt-get remove -y -q pgattic > /dev/null
[ ! -e /usr/bin/pgattic ] || fail "the program is still there"
[ -n "$(ls -A /var/lib/pgattic)" ] || fail "the archive is gone"
[ -e /etc/pgattic/pgattic.toml ] || fail "the configuration is gone before a purge"
apt-get purge -y -q pgattic > /dev/null
[ ! -e /etc/pgattic/pgattic.toml ] || fail "the configuration outlives a purge"
echo "clean Debian: ok"
