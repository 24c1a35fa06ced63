#!/bin/bash
# Installs what the real components need: PostgreSQL and MariaDB by apt, Medusa and Vendure by npm, Tryton by pip,
# versitygw by go install. Everything but the Debian packages goes to a cache keyed by the pinned versions; a second
# run finds it there and returns at once.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir -p "$cache" "$bin"
exec 9>"$cache/.lock"
flock 9

debian_packages() {
    local missing=()
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server mariadb-client)
    python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
    [ ${#missing[@]} = 0 ] && return
    [ "$(id -u)" = 0 ] || die "install the Debian packages ${missing[*]}, or run as root"
    log "apt: ${missing[*]}"
    retry apt-get update -qq
    # No service is to start: a policy of "do not act" stands while the packages are configured.
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
        made=1
    fi
    DEBIAN_FRONTEND=noninteractive retry apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
    [ -z "$made" ] || rm -f $policy
}

versitygw() {
    [ -x "$bin/versitygw" ] && return
    log "versitygw $versitygw_version: go install (some minutes)"
    GOBIN=$bin GOFLAGS='-trimpath -ldflags=-s' retry gently go install "github.com/versity/versitygw/cmd/versitygw@$versitygw_version"
}

# npm_home NAME HOME: node_modules of NAME/package.json in HOME.
npm_home() {
    [ -e "$2/.done" ] && return
    log "$1: npm install"
    rm -rf "$cache/$1"-*
    mkdir -p "$2"
    cp "$here/$1/package.json" "$2/"
    (cd "$2" && retry gently npm install --no-audit --no-fund --loglevel=error --prefer-offline) >&2
    touch "$2/.done"
}

tryton() {
    [ -e "$tryton_home/.done" ] && return
    log "tryton: pip install"
    rm -rf "$cache"/tryton-*
    python3 -m venv "$tryton_home/venv"
    retry gently "$tryton_home/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/tryton/requirements.txt" >&2
    touch "$tryton_home/.done"
}

debian_packages
tryton
npm_home vendure "$vendure_home"
npm_home medusa "$medusa_home"
versitygw
log "all components are installed in $cache"
