"""catalogue.py IN OUT: the sample catalogue without its pictures (the test's shop has no asset server)."""
import csv
import sys

with open(sys.argv[1], encoding="utf-8", newline="") as source:
    head, *rows = csv.reader(source)
pictures = [i for i, name in enumerate(head) if "asset" in name.lower()]
for row in rows:
    for i in pictures:
        row[i] = ""
with open(sys.argv[2], "w", encoding="utf-8", newline="") as target:
    csv.writer(target).writerows([head, *rows])
