"""Writes tables.json: random tables, and what Python's csv module and float say of them. Run: python3 tables.py

Texts hold separators, quotes, line ends and letters of several scripts. Numbers are written as statistics offices do, and
their values are those of Python's float, which rounds correctly.
"""
import base64
import csv
import io
import json
import random
import sys

random.seed(20261125)
PIECES = ["Europe", "a", "b c", '"', '""', ",", ";", "|", "\n", "\r\n", "é", "中国", "x'y", "-", "1,5", "#"]


def text():
    while True:
        result = "".join(random.choice(PIECES) for _ in range(random.randint(1, 5))).strip()
        if result and result.strip("\u00a0\t ") == result:
            return result


def number(decimal, grouping):
    """A number as text, and as Python reads it."""
    digits = random.choice([1, 2, 3, 4, 6, 9, 15, 17, 19, 25])
    whole = str(random.randint(0, 10**digits - 1))
    # One digit or two behind the mark: the column then says which mark it has.
    part = "".join(random.choice("0123456789") for _ in range(random.choice([1, 2, 2, 5, 12])))
    value = float(whole + "." + part)
    shown = whole
    if grouping:
        head = len(whole) % 3
        groups = ([whole[:head]] if head else []) + [whole[i:i + 3] for i in range(head, len(whole), 3)]
        shown = grouping.join(groups)
    shown += decimal + part
    if random.random() < 0.2:
        power = random.choice([-30, -3, 2, 20])
        shown += f"e{power}"
        value = float(whole + "." + part + f"e{power}")
    if random.random() < 0.3:
        shown = random.choice(["-", "\u2212"]) + shown
        value = -value
    if random.random() < 0.1:
        shown += " p"
    return shown, value


cases = []
while len(cases) < 150:
    separator = random.choice([",", ";", "\t", "|"])
    decimal = random.choice(".,")
    grouping = random.choice(["", " ", "\u202f", "\u00a0", "'", "," if decimal == "." else "."])
    rows = []
    for _ in range(random.randint(1, 12)):
        shown, value = number(decimal, grouping)
        if random.random() < 0.15:
            shown, value = random.choice(["", ":", "..", "NA", "n/a", "-"]), None
        rows.append((text(), shown, text(), value))
    if not any(row[3] is not None for row in rows):
        continue
    out = io.StringIO(newline="")
    writer = csv.writer(
        out, delimiter=separator, lineterminator=random.choice(["\n", "\r\n"]),
        quoting=random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer.writerow(["first", "number", "second"])
    for row in rows:
        writer.writerow(row[:3])
    content = out.getvalue()
    # Not everything that the module writes is read as it was by itself: line ends of another kind go without quotes.
    try:
        read = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))
    except csv.Error:
        continue
    if [tuple(row) for row in read[1:]] != [row[:3] for row in rows]:
        continue
    encoding = random.choice(["utf-8", "utf-8-sig", "utf-16"])
    cases.append(dict(
        text=base64.b64encode(content.encode(encoding)).decode(),
        rows=[[row[0], row[2], row[3]] for row in rows if row[3] is not None]))
with open("tables.json", "w") as file:
    json.dump(dict(python=sys.version.split()[0], cases=cases), file, ensure_ascii=True)
