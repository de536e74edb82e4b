"""Tables of very many columns: what a column costs does not depend on how many there are."""

import random
from pathlib import Path
from time import process_time

import pytest

from banian.spec import parse_spec
from banian.workflows.check import check

ROWS = 60
FEW, MANY = 40, 440
MOST = 0.012
"""Seconds of processor for a column, twice or three times what an idle machine takes under this suite's checks."""
SPEC = """\
shop: s
tables:
  events: {source: events.csv, key: id, time: at}
tasks:
  t: PREDICT events.y FOR EACH events
split: {valid: 2024-06-01, test: 2024-08-01}
"""


def seconds_to_check(folder: Path, columns: int, write) -> float:
    draw = random.Random(columns)
    lines = ["id,at,y," + ",".join(f"x{n}" for n in range(columns))]
    for row in range(ROWS):
        day = f"2024-{row // 6 + 1:02d}-{row % 28 + 1:02d}"
        lines.append(f"a{row},{day},{row % 2}," + ",".join(write(draw) for _ in range(columns)))
    (folder / "events.csv").write_text("\n".join(lines) + "\n")
    start = process_time()
    report = check(parse_spec(SPEC), folder)
    spent = process_time() - start
    assert report.tables["events"].kept == ROWS
    assert len(report.features["rows of events"]["events"]) == columns + 2  # its hour and weekday
    return spent


@pytest.mark.parametrize(
    "write",
    [lambda draw: f"{draw.random():.3f}", lambda draw: f"{draw.randrange(1000)}"],
    ids=["decimals", "whole numbers"],
)
def test_a_column_more_costs_milliseconds(tmp_path, write):
    few = seconds_to_check(tmp_path, FEW, write)
    many = seconds_to_check(tmp_path, MANY, write)
    assert (many - few) / (MANY - FEW) < MOST
