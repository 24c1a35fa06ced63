#!/bin/bash
# up.sh WORK: starts one Trino node with its lake, an Iceberg catalog in PostgreSQL and S3 storage, on free loopback
# ports, and writes their addresses to WORK/env. Trino listens twice: on a plain port where it believes any user, and on
# a TLS port where it takes a password, a JSON web token or a client certificate; env names them all.
# With HELIU_TRINO_KEEP set, the lake in WORK outlives down.sh and the next start finds it under the same addresses.
# HELIU_TRINO_HEAP is Trino's memory, 3G when absent. Run again while all of it is up, it changes nothing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/servers.sh"
. "$trino/identities.sh"

work=${1:?usage: up.sh WORK}
mkdir -p "$work"
work=$(cd "$work" && pwd)
keep=${HELIU_TRINO_KEEP:-}

up_already && exit 0
"$trino/install.sh"
begin
[ -e "$work/s3" ] || rm -rf "$databases/postgres" # a catalog without its lake

wishes=(0 0 0 0)
[ -z "$keep" ] || wishes=(18080 18443 15432 17070)
[ ! -e "$work/ports" ] || read -ra wishes <"$work/ports"
read -ra given < <(ports "${wishes[@]}")
read -r trino_port tls_port pg_port s3_port <<<"${given[*]}"
if [ -n "$keep" ]; then
    [ ! -e "$work/ports" ] || [ "${given[*]}" = "${wishes[*]}" ] || die "one of the ports ${wishes[*]} is taken; end what listens there, or remove $work/ports and write the new addresses to heliu.yaml"
    echo "${given[@]}" >"$work/ports"
fi

# lake_up: the database lake with the two tables of Iceberg's JDBC catalog, which Trino does not make.
lake_up() {
    postgres_start "$databases/postgres" -c max_connections=200
    [ "$(psql -c "select count(*) from pg_database where datname = 'lake'")" = 1 ] || psql -c 'create database lake'
    psql -d lake -f "$trino/catalog.sql" 2>>"$work/catalog.log"
}

# configuration: everything in WORK/etc, written anew at each start. A build is hundreds of short statements: what is over is
# remembered for a minute, since by default a third of the node's CPU goes into remembering 15.
configuration() {
    mkdir -p "$work/etc/catalog" "$work/data"
    cat >"$work/etc/config.properties" <<END
coordinator=true
node-scheduler.include-coordinator=true
discovery.uri=http://127.0.0.1:$trino_port
http-server.http.port=$trino_port
http-server.https.enabled=true
http-server.https.port=$tls_port
http-server.https.keystore.path=$work/tls/server.pem
http-server.https.truststore.path=$work/tls/ca.pem
http-server.authentication.type=CERTIFICATE,JWT,PASSWORD
http-server.authentication.allow-insecure-over-http=true
http-server.authentication.certificate.user-mapping.pattern=CN=([^,]+).*
http-server.authentication.jwt.key-file=$work/tls/token.pub
internal-communication.shared-secret=$(cat "$work/tls/shared-secret")
internal-communication.https.required=false
query.min-expire-age=1m
task.info.max-age=1m
END
    cat >"$work/etc/node.properties" <<END
node.environment=test
node.id=heliu
node.internal-address=127.0.0.1
node.bind-ip=127.0.0.1
node.data-dir=$work/data
END
    printf '%s\n' -server "-Xmx${HELIU_TRINO_HEAP:-3G}" -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -XX:ReservedCodeCacheSize=256M \
        -Djdk.attach.allowAttachSelf=true -Djdk.nio.maxCachedBufferSize=2000000 >"$work/etc/jvm.config"
    cat >"$work/etc/password-authenticator.properties" <<END
password-authenticator.name=file
file.password-file=$work/tls/passwords
END
    cat >"$work/etc/catalog/iceberg.properties" <<END
connector.name=iceberg
iceberg.catalog.type=jdbc
iceberg.jdbc-catalog.driver-class=org.postgresql.Driver
iceberg.jdbc-catalog.connection-url=jdbc:postgresql://127.0.0.1:$pg_port/lake
iceberg.jdbc-catalog.connection-user=postgres
iceberg.jdbc-catalog.connection-password=unused
iceberg.jdbc-catalog.catalog-name=wh
iceberg.jdbc-catalog.default-warehouse-dir=s3://heliu/lake
iceberg.file-format=PARQUET
fs.native-s3.enabled=true
s3.endpoint=http://127.0.0.1:$s3_port
s3.region=us-east-1
s3.path-style-access=true
s3.aws-access-key=heliu
s3.aws-secret-key=heliu-secret
END
}

# active: whether Trino answers a query on its catalog.
active() {
    python3 - "http://127.0.0.1:$trino_port" <<'END'
import json, sys, urllib.request as u
request = u.Request(sys.argv[1] + "/v1/statement", b"show schemas from iceberg", {"X-Trino-User": "heliu"})
answer = json.load(u.urlopen(request, timeout=10))
while "nextUri" in answer:
    answer = json.load(u.urlopen(answer["nextUri"], timeout=10))
sys.exit("error" in answer)
END
}

trino_up() {
    local java
    java=$(java_home)
    configuration
    JAVA_HOME=$java PATH=$java/bin:$PATH nohup "$trino_home/bin/launcher" run --etc-dir "$work/etc" >"$work/trino.log" 2>&1 </dev/null &
    note trino $!
    ready trino $! active
}

identities
lake_up
s3_up
trino_up

cat >"$work/env.new" <<END
HELIU_TRINO_WORK=$work
HELIU_TRINO_HOME=$trino_home
HELIU_TRINO_ETC=$work/etc
HELIU_TRINO_JAVA=$(java_home)
HELIU_TRINO_PID=$(sed -n 's/^trino \([0-9]*\) .*/\1/p' "$work/pids")
HELIU_TRINO=trino://heliu@127.0.0.1:$trino_port/iceberg
HELIU_TRINO_CATALOG=postgres://postgres@127.0.0.1:$pg_port/lake
HELIU_TRINO_S3=http://127.0.0.1:$s3_port
HELIU_TRINO_S3_BUCKET=heliu
HELIU_TRINO_S3_KEY=heliu
HELIU_TRINO_S3_SECRET=heliu-secret
HELIU_TRINO_TLS=trino://heliu@127.0.0.1:$tls_port/iceberg?SSL=true
HELIU_TRINO_CA=$work/tls/ca.pem
HELIU_TRINO_PASSWORD=$(cat "$work/tls/password")
HELIU_TRINO_TOKEN=$(cat "$work/tls/token")
HELIU_TRINO_CERTIFICATE=$work/tls/client.pem
HELIU_TRINO_CERTIFICATE_KEY=$work/tls/client.key
END
mv "$work/env.new" "$work/env"
log "Trino and its lake are up: $work/env"
