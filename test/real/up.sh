#!/bin/bash
# up.sh WORK: starts PostgreSQL, MariaDB, versitygw, Medusa, Vendure and Tryton on free loopback ports, with orders,
# sales, purchases and stock moves made through their own APIs, and writes their addresses to WORK/env.
# The first time everything is installed and seeded and the seeded databases are kept in the cache; later times start
# from that copy. Run again while all of it is up, it changes nothing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/servers.sh"

work=${1:?usage: up.sh WORK}
mkdir -p "$work"
work=$(cd "$work" && pwd)

up_already && exit 0
"$here/install.sh"
begin

read -r pg_port maria_port s3_port medusa_port vendure_port tryton_port < <(ports 0 0 0 0 0 0)

template=$cache/seeded-$(cat "$here"/{medusa,vendure,tryton}/* "$here/seed.sh" <("$pg_bin/initdb" --version) <(date +%Y-%m) | sha256sum | cut -c1-12)

postgres_up() {
    [ ! -e "$template/.done" ] || cp -a "$template/postgres" "$databases/postgres"
    postgres_start "$databases/postgres" -c wal_level=logical -c max_connections=200
}

mariadb_up() {
    local data=$databases/mariadb
    if [ -e "$cache/mariadb/.done" ]; then
        cp -a "$cache/mariadb" "$data"
    else
        install -d -m 700 "$data"
        [ "$(id -u)" != 0 ] || chown mysql: "$data"
        as mysql mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve --innodb-log-file-size=8M >"$work/mariadb-install.log" 2>&1
        cp -a "$data" "$cache/mariadb" && touch "$cache/mariadb/.done"
    fi
    as mysql "$(command -v mariadbd || echo /usr/sbin/mariadbd)" --no-defaults --datadir="$data" --socket="$data/s.sock" --port="$maria_port" --bind-address=127.0.0.1 \
        --pid-file="$data/pid" --skip-name-resolve --tmpdir="$data" --log-bin="$data/bin" --server-id=1 --binlog-format=ROW --innodb-flush-log-at-trx-commit=0 --innodb-log-file-size=8M >"$work/mariadb.log" 2>&1 </dev/null &
    note mariadb $! # until the server has said its own id
    ready mariadb $! mariadb-admin --no-defaults -S "$data/s.sock" -uroot ping
    note mariadb "$(cat "$data/pid")"
    mariadb --no-defaults -S "$data/s.sock" -uroot -e "create database src character set utf8mb4; create user 'elt'@'%' identified by 'elt'; grant all on src.* to 'elt'@'%'"
}

# Each server runs in a folder of its own; what was installed stays in the cache.
export DATABASE_URL=postgres://postgres@127.0.0.1:$pg_port/medusa?ssl_mode=disable
export XDG_CONFIG_HOME=$work/config # Medusa keeps a file there
export MEDUSA_DISABLE_TELEMETRY=true VENDURE_DISABLE_TELEMETRY=1 PGPORT=$pg_port
for shop in medusa vendure; do
    mkdir -p "$work/$shop"
    cp "$here/$shop"/* "$work/$shop/"
done
ln -sfn "$medusa_home/node_modules" "$work/medusa/node_modules"
ln -sfn "$vendure_home/node_modules" "$work/vendure/node_modules"
mkdir -p "$work/tryton"
sed "s/@PGPORT@/$pg_port/; s/@PORT@/$tryton_port/" "$here/tryton/trytond.conf" >"$work/tryton/trytond.conf"
echo admin >"$work/tryton/password"

medusa() { (cd "$work/medusa" && NODE_ENV=development exec node node_modules/.bin/medusa "$@"); }
vendure() { (cd "$work/vendure" && PORT=$vendure_port exec node "$@"); }
trytond() { TRYTONPASSFILE=$work/tryton/password "$tryton_home/venv/bin/$1" -c "$work/tryton/trytond.conf" -d tryton "${@:2}"; }

medusa_up() {
    (cd "$work/medusa" && NODE_ENV=development exec node node_modules/.bin/medusa start -H 127.0.0.1 -p "$medusa_port") >"$work/medusa.log" 2>&1 </dev/null &
    note medusa $!
    ready medusa $! answers "http://127.0.0.1:$medusa_port/health"
}

vendure_up() {
    (cd "$work/vendure" && PORT=$vendure_port exec node server.js) >"$work/vendure.log" 2>&1 </dev/null &
    note vendure $!
    ready vendure $! grep -q ready "$work/vendure.log"
}

tryton_up() {
    "$tryton_home/venv/bin/trytond" -c "$work/tryton/trytond.conf" -d tryton >"$work/tryton.log" 2>&1 </dev/null &
    note tryton $!
    ready tryton $! grep -q "database: tryton\|starting\|Running\|running" "$work/tryton.log"
}

. "$here/seed.sh"

postgres_up
mariadb_up
s3_up
if [ -e "$template/.done" ]; then
    medusa_up &
    medusa_job=$!
    vendure_up &
    vendure_job=$!
    tryton_up
    wait $medusa_job $vendure_job
else
    for database in src medusa vendure tryton lake bi; do psql -c "create database $database"; done
    erp_made &
    erp_job=$!
    shops_seeded
    wait $erp_job
    make "tryton sales" "$tryton_home/venv/bin/python" "$here/tryton/seed.py" "$work/tryton/trytond.conf" "postgresql:///tryton" "$work/medusa-orders.json"
    tryton_up
    log "the seeded databases are kept: $template"
    rm -rf "$cache"/seeded-*
    mkdir -p "$template"
    "$pg_bin/pg_basebackup" -h 127.0.0.1 -p "$pg_port" -U postgres -D "$template/postgres" -X stream -c fast
    [ "$(id -u)" != 0 ] || chown -R postgres: "$template/postgres"
    touch "$template/.done"
fi

cat >"$work/env.new" <<END
HELIU_REAL_WORK=$work
HELIU_REAL_POSTGRES=postgres://postgres@127.0.0.1:$pg_port
HELIU_REAL_MYSQL=mysql://elt:elt@127.0.0.1:$maria_port/src
HELIU_REAL_S3=http://127.0.0.1:$s3_port
HELIU_REAL_S3_BUCKET=heliu
HELIU_REAL_S3_KEY=heliu
HELIU_REAL_S3_SECRET=heliu-secret
HELIU_REAL_MEDUSA=http://127.0.0.1:$medusa_port
HELIU_REAL_MEDUSA_EMAIL=admin@example.com
HELIU_REAL_MEDUSA_PASSWORD=supersecret
HELIU_REAL_VENDURE=http://127.0.0.1:$vendure_port
HELIU_REAL_VENDURE_USER=superadmin
HELIU_REAL_VENDURE_PASSWORD=superadmin
HELIU_REAL_TRYTON=http://127.0.0.1:$tryton_port/tryton
HELIU_REAL_TRYTON_USER=admin
HELIU_REAL_TRYTON_PASSWORD=admin
HELIU_TEST_PG=postgres://postgres@127.0.0.1:$pg_port/postgres
HELIU_VERSITYGW=$bin/versitygw
HELIU_REAL_JDBC=$jdbc
HELIU_REAL_HTTPFS=$httpfs
END
mv "$work/env.new" "$work/env"
log "all components are up: $work/env"
