# What starting servers has in common; sourced after lib.sh, with $work as the folder of this start. What is started is
# noted in $work/pids, for down.sh to stop. With $keep set, the databases' folder outlives the servers.

# up_already: whether an earlier start is still whole; one of which a part has stopped is an error. What a start that was
# killed has left running is stopped.
up_already() {
    if [ ! -e "$work/env" ]; then
        "$here/down.sh" "$work"
        return 1
    fi
    local name pid start _
    while read -r name pid start _; do
        [ "$(start_of "$pid")" = "$start" ] || die "$name has stopped: run $here/down.sh $work first"
    done <"$work/pids"
    log "everything is up already: $work/env"
}

# failed CODE: nothing is left running, the steps in the background and their children included.
failed() {
    log "failed with code $1; logs are in $work"
    local job
    for job in $(jobs -p); do
        kill $(cat "/proc/$job/task/$job/children" 2>/dev/null) "$job" 2>/dev/null || true
    done
    "$here/down.sh" "$work"
}

# begin: from here on a failure stops what was started; $databases is a folder that the databases' own users reach.
begin() {
    trap 'code=$?; [ $code = 0 ] || failed $code' EXIT
    trap 'exit 130' INT TERM HUP
    : >"$work/pids"
    databases=$work/databases.d
    mkdir -p "$databases"
    chmod 755 "$work" "$databases"
    if [ "$(id -u)" = 0 ] && ! runuser -u postgres -- test -x "$databases"; then
        if [ -n "${keep:-}" ]; then
            databases=/var/tmp/heliu-databases-$(pin <(echo "$work"))
            mkdir -p "$databases"
            [ -O "$databases" ] && [ ! -L "$databases" ] || die "$databases belongs to somebody else: remove it"
        else
            databases=$(mktemp -d "${TMPDIR:-/tmp}/heliu-$part.XXXXXX")
        fi
        chmod 755 "$databases"
    fi
    [ -n "${keep:-}" ] || echo "$databases" >"$work/databases"
    pg_bin=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1)")
}

# as USER COMMAND…: databases refuse to run as root.
as() { local user=$1; shift; if [ "$(id -u)" = 0 ]; then runuser -u "$user" -- "$@"; else "$@"; fi; }

# note NAME PID [SIGNAL]: remembers what down.sh is to stop.
note() { echo "$1 $2 $(start_of "$2") ${3:-TERM}" >>"$work/pids"; }

# ready NAME PID COMMAND…: waits up to 3 minutes until the command succeeds.
ready() {
    local name=$1 pid=$2 i
    shift 2
    for i in $(seq 900); do
        if "$@" >/dev/null 2>&1; then log "$name is up"; return; fi
        kill -0 "$pid" 2>/dev/null || { tail -20 "$work/$name.log" >&2; die "$name ended, see $work/$name.log"; }
        sleep 0.2
    done
    die "$name did not come up in 3 minutes, see $work/$name.log"
}
answers() { python3 -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=2)' "$1"; }

# ports WISH…: as many loopback ports, each as wished if it is free; 0 wishes for any.
ports() {
    python3 -c '
import socket, sys
held = []
for wish in map(int, sys.argv[1:]):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("127.0.0.1", wish))
    except OSError:
        s.bind(("127.0.0.1", 0))
    held.append(s)
print(*(s.getsockname()[1] for s in held))' "$@"
}

psql() { "$pg_bin/psql" -h 127.0.0.1 -p "$pg_port" -U postgres -v ON_ERROR_STOP=1 -qAt "$@"; }

# postgres_start DATA OPTION…: on $pg_port, with what DATA holds or empty.
postgres_start() {
    local data=$1
    shift
    if [ ! -e "$data/PG_VERSION" ]; then
        install -d -m 700 "$data"
        [ "$(id -u)" != 0 ] || chown postgres: "$data"
        as postgres "$pg_bin/initdb" -D "$data" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 >"$work/initdb.log"
    fi
    touch "$databases/postgres.log"
    [ "$(id -u)" != 0 ] || chown postgres: "$databases/postgres.log"
    as postgres "$pg_bin/pg_ctl" -D "$data" -l "$databases/postgres.log" -w -t 120 -o "-p $pg_port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=$([ -n "${keep:-}" ] && echo on || echo off) $*" start >/dev/null
    note postgres "$(head -1 "$data/postmaster.pid")" INT
    log "postgres is up"
}

# s3_up: versitygw on $s3_port with the bucket heliu.
s3_up() {
    mkdir -p "$work/s3/heliu"
    ROOT_ACCESS_KEY=heliu ROOT_SECRET_KEY=heliu-secret "$bin/versitygw" --port "127.0.0.1:$s3_port" --region us-east-1 --virtual-domain s3.heliu.test --health /healthz posix "$work/s3" >"$work/versitygw.log" 2>&1 </dev/null &
    note versitygw $!
    ready versitygw $! answers "http://127.0.0.1:$s3_port/healthz"
}
