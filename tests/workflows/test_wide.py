"""Tables of very many columns: what a column costs does not depend on how many there are."""

import random
from pathlib import Path
from time import process_time

from banian.spec import parse_spec
from banian.workflows.check import check

ROWS = 60
FEW, MANY = 40, 240
MOST = 0.012
"""Seconds of processor for a column, several times what it takes, since other work on a machine slows it down."""
SPEC = """\
shop: s
tables:
  events: {source: events.csv, key: id, time: at}
tasks:
  t: PREDICT events.y FOR EACH events
split: {valid: 2024-06-01, test: 2024-08-01}
"""


def seconds_to_check(folder: Path, columns: int) -> float:
    draw = random.Random(columns)
    lines = ["id,at,y," + ",".join(f"x{n}" for n in range(columns))]
    for row in range(ROWS):
        day = f"2024-{row // 6 + 1:02d}-{row % 28 + 1:02d}"
        values = (f"{draw.random():.3f},{draw.randrange(1000)}" for _ in range(columns // 2))
        lines.append(f"a{row},{day},{row % 2}," + ",".join(values))
    (folder / "events.csv").write_text("\n".join(lines) + "\n")
    start = process_time()
    report = check(parse_spec(SPEC), folder)
    spent = process_time() - start
    assert report.tables["events"].kept == ROWS
    assert len(report.features["rows of events"]["events"]) == columns + 2  # its hour and weekday
    return spent


def test_a_column_more_costs_milliseconds(tmp_path):
    _, few, many = (seconds_to_check(tmp_path, columns) for columns in (FEW, FEW, MANY))
    assert (many - few) / (MANY - FEW) < MOST
