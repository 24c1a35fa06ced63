#!/bin/bash
# down.sh WORK: stops exactly the processes that up.sh WORK started, and removes the databases' folder.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

work=${1:?usage: down.sh WORK}
[ -e "$work/pids" ] || exit 0

# A process is known by its id and its starting time: an id alone may by now be somebody else's.
mapfile -t running <"$work/pids"
for entry in "${running[@]}"; do
    read -r name pid start signal <<<"$entry"
    if [ "$(start_of "$pid")" = "$start" ]; then
        kill "-$signal" "$pid" 2>/dev/null || true
    fi
done
for entry in "${running[@]}"; do
    read -r name pid start signal <<<"$entry"
    for _ in $(seq 100); do
        [ "$(start_of "$pid")" = "$start" ] || continue 2
        sleep 0.1
    done
    log "$name ($pid) did not stop within 10 s: killed"
    kill -KILL "$pid" 2>/dev/null || true
done
if [ -e "$work/databases" ]; then
    rm -rf "$(cat "$work/databases")"
fi
rm -f "$work/pids" "$work/env" "$work/databases"
log "stopped ${#running[@]} processes"
