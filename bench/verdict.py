"""Holds the figures of a benchmark run against what is asked of Heliu.   verdict.py results.jsonl

CPU seconds, the least of all runs, as a share of plain DuckDB's in the same run; seconds of the clock for what has no
peer. Exit 1 when a result is wrong or missing, not when it is slow: a shared machine is.
"""
import collections, json, sys

ASKED = [  # stage, peer of plain DuckDB, at most, aim; without a peer the bound is in seconds of the clock
    ("load", "duckdb-lines>parquet", 1.3, 0.8), ("transform", "raw", 0.85, 0.7), ("inc", "raw", 0.5, 0.3),
    ("noop", None, 0.5, 0.3), ("startup", None, 0.15, 0.05)]
MEMORY = {"load": 300, "transform": 1500}  # MB

runs = collections.defaultdict(list)
for line in open(sys.argv[1], encoding="utf-8"):
    r = json.loads(line)
    runs[r["stage"], r["sf"], r["peer"]].append(r)
wrong = not runs
print("\n| stage | SF | Heliu | plain DuckDB | share | at most | aim | RSS MB | verdict |\n|---|---|---|---|---|---|---|---|---|")
for stage, plain, most, aim in ASKED:
    for st, sf in sorted({k[:2] for k in runs if k[0] == stage and (*k[:2], "heliu") not in runs}):
        wrong = True
        print(f"| {st} | {sf:g} | missing | | | | | | WRONG |")
    for (st, sf, peer), rs in sorted(runs.items()):
        if st != stage or peer != "heliu":
            continue
        if not all(r["ok"] and not r["differs"] for r in rs):
            wrong = True
            print(f"| {stage} | {sf:g} | {'differs: ' + str(rs[-1]['differs']) if rs[-1]['ok'] else 'failed'} | | | | | | WRONG |")
            continue
        rss = max(r["rss_mb"] for r in rs)
        cpu = min(r["user"] + r["sys"] for r in rs)
        value, shown, base = min(r["wall"] for r in rs), "", ""
        if plain:
            others = [r["user"] + r["sys"] for r in runs[stage, sf, plain] if r["ok"]]
            if not others:
                wrong = True
                print(f"| {stage} | {sf:g} | {cpu:.2f} CPU s | missing | | | | {rss} | WRONG |")
                continue
            value, base = cpu / min(others), f"{min(others):.2f}"
            shown = f"{value:.2f}"
        verdict = "aim met" if value <= aim else "met" if value <= most else "MISSED"
        if rss > MEMORY.get(stage, rss):
            verdict += f", memory over {MEMORY[stage]} MB"
        unit = f"{cpu:.2f} CPU s" if plain else f"{value:.2f} s"
        print(f"| {stage} | {sf:g} | {unit} | {base} | {shown} | {most} | {aim} | {rss} | {verdict} |")
sys.exit(wrong)
