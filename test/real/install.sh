#!/bin/bash
# Installs what the real components need: PostgreSQL, MariaDB and iproute2 by apt, Medusa and Vendure by npm, Tryton and DuckDB's
# httpfs by pip, PostgreSQL's JDBC driver by mvn, versitygw by go install. Everything but the Debian packages goes to a
# cache keyed by the pinned versions; a second run finds it there and returns at once.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/packages.sh"

# tools: what no package of the above brings along, all that is missing at once.
tools() {
    local missing=() tool version
    for tool in go node npm python3 java mvn; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ ${#missing[@]} = 0 ] || die "not found: ${missing[*]}; install Go 1.26, Node.js 20 or newer with npm, Python 3.10 or newer, a JDK 11 or newer and Maven"
    version=$(node -p 'process.versions.node.split(".")[0]')
    [ "$version" -ge 20 ] || die "node is version $version, the shops need 20 or newer"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || die "$(python3 --version) is too old, Tryton needs 3.10 or newer"
    version=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
    [ "${version%%.*}" -ge 11 ] || die "java is version $version, a JDK 11 or newer is needed"
    java --list-modules | grep -q '^jdk.compiler@' || die "java is a runtime only, a JDK 11 or newer is needed"
}

tools
one_at_a_time

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

# jdbc_driver: the jar, as Maven gives it.
jdbc_driver() {
    [ -e "$jdbc" ] && return
    log "PostgreSQL's JDBC driver $jdbc_version: mvn"
    mkdir -p "$(dirname "$jdbc")"
    (cd "$(dirname "$jdbc")" && retry gently mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy "-Dartifact=org.postgresql:postgresql:$jdbc_version" "-DoutputDirectory=$(dirname "$jdbc")") >&2
}

# httpfs_extension: DuckDB's reader of s3://; the wheel is nothing but the signed extension file.
httpfs_extension() {
    [ -e "$httpfs" ] && return
    log "DuckDB's httpfs $duckdb_version: pip download"
    local folder
    folder=$(dirname "$httpfs")
    rm -rf "$folder"
    mkdir -p "$folder"
    retry gently python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$folder" "duckdb-extension-httpfs==$duckdb_version" >&2
    (cd "$folder" && python3 -m zipfile -e ./*.whl . && mv "duckdb_extension_httpfs/extensions/v$duckdb_version/httpfs.duckdb_extension" .new && rm -rf ./*.whl duckdb_extension_httpfs* && mv .new "$httpfs")
}

missing=()
postgres_installed || missing+=(postgresql)
command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server mariadb-client)
command -v ip >/dev/null || missing+=(iproute2)
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
debian_packages "${missing[@]}"
jdbc_driver
httpfs_extension
tryton
npm_home vendure "$vendure_home"
npm_home medusa "$medusa_home"
versitygw
log "all components are installed in $cache"
