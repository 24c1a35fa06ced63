#!/bin/bash
# down.sh WORK: stops exactly the processes that up.sh WORK started.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
exec "$here/down.sh" "$@"
