# What installations have in common; sourced after lib.sh.

# one_at_a_time: a second installation waits until the first is done.
one_at_a_time() {
    mkdir -p "$cache" "$bin"
    exec 9>"$cache/.lock"
    flock 9
}

# The path of initdb, newest version last; nothing if PostgreSQL is not installed.
postgres_installed() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

# debian_packages PACKAGE…: installs them, without starting a service of theirs.
debian_packages() {
    [ $# -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || die "install the Debian packages $*, or run as root"
    log "apt: $*"
    # No service is to start: a policy of "do not act" stands while the packages are configured.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
    fi
    retry apt_install "$@" || die "apt could not install $*"
    trap - EXIT
    rm -f $policy
}

# apt_install PACKAGE…: the list is renewed with each try, for a mirror may have dropped what an older list names.
apt_install() {
    apt-get -o DPkg::Lock::Timeout=300 update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@" >&2
}

versitygw() {
    [ -x "$bin/versitygw" ] && return
    log "versitygw $versitygw_version: go install (some minutes)"
    GOBIN=$bin GOFLAGS='-trimpath -ldflags=-s' retry gently go install "github.com/versity/versitygw/cmd/versitygw@$versitygw_version"
}
