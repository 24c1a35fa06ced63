# Shared by the scripts of this folder and of test/trino; sourced, not run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export part=${part:-real}
cache=${HELIU_REAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/heliu/real}
bin=${XDG_CACHE_HOME:-$HOME/.cache}/heliu/bin
versitygw_version=v1.8.0
jdbc_version=42.7.7
duckdb_version=1.5.5 # of the DuckDB that is linked in: an extension loads into no other
jdbc=$cache/jdbc/postgresql-$jdbc_version.jar
httpfs=$cache/httpfs-$duckdb_version/httpfs.duckdb_extension
started_at=$(date +%s)

# log TEXT: one line on standard error with the seconds since the script began.
log() { printf '[%s %4ds] %s\n' "$part" "$(($(date +%s) - started_at))" "$*" >&2; }

die() { log "failed: $*"; exit 1; }

# retry COMMAND…: registries and mirrors drop connections; four tries, 5, 10 and 20 seconds apart.
retry() {
    local wait=5 try
    for try in 1 2 3 4; do
        "$@" && return 0
        [ "$try" = 4 ] && return 1
        log "try $try of 4 failed, again in $wait s: $*"
        sleep "$wait"
        wait=$((wait * 2))
    done
}

# pin FILE…: a short name that changes when one of the files changes.
pin() { cat "$@" | sha256sum | cut -c1-12; }

medusa_home=$cache/medusa-$(pin "$here/medusa/package.json")
vendure_home=$cache/vendure-$(pin "$here/vendure/package.json")
tryton_home=$cache/tryton-$(pin "$here/tryton/requirements.txt")

# gently COMMAND…: lowest priority, so that a long installation does not disturb others.
gently() { nice -n 10 "$@"; }

# start_of PID: when the process began, in ticks since boot; nothing if it is gone.
start_of() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    set -- ${stat##*) }
    [ "$1" = Z ] || echo "${20}"
}
