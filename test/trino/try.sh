#!/bin/bash
# try.sh WORK: one Trino node with a lake of its own, for trying: says how to point a project at it, and stops everything
# on Ctrl-C. The lake stays in WORK; the next start finds it under the same addresses.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

work=${1:?usage: try.sh WORK}
HELIU_TRINO_KEEP=1 "$trino/up.sh" "$work"
trap '"$trino/down.sh" "$work"' EXIT
trap 'exit 0' INT TERM HUP
. "$work/env"
address=${HELIU_TRINO#*@}

cat <<END

In heliu.yaml, in the place of lake: and warehouse: where it has such lines:

lake: {location: s3://$HELIU_TRINO_S3_BUCKET/lake, catalog: "$HELIU_TRINO_CATALOG",
       s3: {endpoint: "$HELIU_TRINO_S3", path_style: true, access_key: "\${S3_ACCESS_KEY}", secret_key: "\${S3_SECRET_KEY}"}}
warehouse: $HELIU_TRINO

In the shell that runs heliu:

export S3_ACCESS_KEY=$HELIU_TRINO_S3_KEY S3_SECRET_KEY=$HELIU_TRINO_S3_SECRET

Queries show in http://${address%/*}/ui (user heliu, no password). The data stay in $work; docs/scale.md goes on from here.
Ctrl-C stops it.
END
tail --pid="$HELIU_TRINO_PID" -f /dev/null &
wait $!
die "Trino has stopped by itself, see $work/trino.log"
