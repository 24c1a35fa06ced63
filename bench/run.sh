#!/bin/sh
# Runs Heliu as a peer of the benchmark in ../shared/bench, in one run with plain DuckDB, every result checked.
#
#   SF=1 RUNS=1 STAGES="startup load transform" sh bench/run.sh
#
# PEERS_BENCH  folder of the benchmark (../shared/bench beside the clone)
# BENCH_WORK   where data, the Python environment and results are kept (~/.cache/heliu-bench)
# QUIET        seconds to wait before each step for the machine to be idle (0)
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
peers=${PEERS_BENCH:-$root/../shared/bench}
work=${BENCH_WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/heliu-bench}
if [ ! -f "$peers/bench.py" ]; then
    echo "bench: no benchmark in $peers; say where it is: PEERS_BENCH=/path/to/bench make bench" >&2
    exit 2
fi
mkdir -p "$work"
if [ ! -x "$work/venv/bin/python" ]; then
    python3 -m venv "$work/venv"
fi
# the DuckDB that the Go module is built with
"$work/venv/bin/python" -c 'import duckdb, sys; sys.exit(duckdb.__version__ != "1.5.5")' 2>/dev/null ||
    "$work/venv/bin/pip" install -q "duckdb==1.5.5"
(cd "$root" && go build -tags duckdb_arrow -o "$work/heliu" ./cmd/heliu && go build -tags duckdb_arrow -o "$work/heliubench" ./bench/heliubench)
sed "s|@bin@|$work|g" "$root/bench/peer.json" >"$work/peer.json"
rm -f "$work/results.jsonl"
# shellcheck disable=SC2086
"$work/venv/bin/python" "$peers/bench.py" "$work" --sf ${SF:-1} --runs "${RUNS:-1}" --quiet "${QUIET:-0}" \
    --stages ${STAGES:-startup load transform} --peers raw "duckdb-lines>parquet" heliu --extra "$work/peer.json" "$@"
exec "$work/venv/bin/python" "$root/bench/verdict.py" "$work/results.jsonl"
