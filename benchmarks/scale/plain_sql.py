"""The labels and features of customers and products by hand-written SQL: FOLDER EVENTS GIB."""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from events import CUTOFFS, name_of

WINDOWS = {"7d": 7, "30d": 30, "90d": 90, "all": 100_000}
RECENT = ("30d", "all")
NUMBERS = ("amount", "quantity")
_PART = 5_000_000


def main() -> None:
    """Read, aggregate, and say how long it took."""
    folder, events, memory = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="banian-scale-") as spill:
        engine = duckdb.connect()
        engine.execute(f"SET memory_limit = '{memory}GiB'; SET temp_directory = '{spill}'")
        engine.execute("SET preserve_insertion_order = false")
        start = time.monotonic()
        engine.execute(f"CREATE TABLE events AS FROM '{folder / name_of(events)}'")
        read, cpu = time.monotonic(), time.process_time()
        asked, numbers = 0, 0
        for entity, other in (("customer", "product"), ("product", "customer")):
            engine.execute(f"""
                CREATE OR REPLACE TABLE gaps AS
                SELECT {entity}, placed,
                    epoch(placed - lag(placed) OVER (PARTITION BY {entity} ORDER BY placed)) / 86400 AS gap
                FROM (SELECT DISTINCT {entity}, placed FROM events WHERE placed <= '{CUTOFFS[-1]}')
            """)
            found = []
            parts = max(1, events // _PART)  # what max_by holds cannot be put aside
            for cutoff in CUTOFFS:
                found.append(engine.sql(labels(entity, str(cutoff))).to_arrow_table())
                for part in range(parts):
                    query = features(entity, other, str(cutoff), f"{entity} % {parts} = {part}")
                    found.append(engine.sql(query).to_arrow_table())
                    asked += len(found[-1])
            numbers += len(found[1].column_names)
            print(entity, f"{time.monotonic() - read:.1f}", file=sys.stderr)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        took = {"read": read - start, "seconds": time.monotonic() - read}
        took["cpu"] = time.process_time() - cpu
        print(json.dumps(took | {"asks": asked, "numbers": numbers, "gib": peak}))


def labels(entity: str, cutoff: str) -> str:
    """Write the query of the labels of one entity and cutoff, and of their level before it."""
    ahead = f"FILTER (WHERE placed > TIMESTAMP '{cutoff}')"
    back = f"FILTER (WHERE placed <= TIMESTAMP '{cutoff}')"
    return f"""
        SELECT {entity}, count(*) {ahead} > 0 AS again,
            sum(amount) {ahead} AS spend, sum(quantity) {ahead} AS demand, max(placed) {ahead} AS known,
            sum(amount) {back} AS spent, sum(quantity) {back} AS sold
        FROM events
        WHERE placed > TIMESTAMP '{cutoff}' - INTERVAL 30 DAY AND placed <= TIMESTAMP '{cutoff}' + INTERVAL 30 DAY
        GROUP BY {entity}
    """


def features(entity: str, other: str, cutoff: str, part: str) -> str:
    """Write the query of one entity, cutoff and part of the keys."""
    parts = [f"epoch(TIMESTAMP '{cutoff}' - max(placed)) / 86400 AS recency"]
    parts.append(f"epoch(TIMESTAMP '{cutoff}' - min(placed)) / 86400 AS tenure")
    for span, days in WINDOWS.items():
        inside = f"FILTER (WHERE placed > TIMESTAMP '{cutoff}' - INTERVAL {days} DAY)"
        parts.append(f"count(*) {inside} AS count_{span}")
        parts.append(f"avg(gift::INT) {inside} AS gift_mean_{span}")
        if span not in RECENT:
            continue
        parts.append(f"count(DISTINCT {other}) {inside} AS {other}_distinct_{span}")
        for number in NUMBERS:
            parts.append(f"sum({number}) {inside} AS {number}_sum_{span}")
            parts.append(f"avg({number}) {inside} AS {number}_mean_{span}")
    for number in NUMBERS:
        parts += [f"{kind}({number}) AS {number}_{kind}" for kind in ("min", "max", "stddev_pop")]
    newest = f"struct_pack(placed, amount, quantity, gift, {other})"
    parts.append(f"max_by({newest}, placed, 20) AS newest")
    last = ", ".join(f"newest[{n}].{c} AS {c}_{n}" for n in range(1, 4) for c in NUMBERS)
    gaps = ", ".join(f"last_gaps[{n}] AS gap_{n}" for n in range(1, 4))
    return f"""
        WITH seen AS (
            SELECT {entity}, {", ".join(parts)} FROM events
            WHERE placed <= '{cutoff}' AND {part} GROUP BY {entity}
        ), waits AS (
            SELECT {entity}, avg(gap) AS gap_mean, stddev_pop(gap) AS gap_std, max_by(gap, placed, 3) AS last_gaps
            FROM gaps WHERE placed <= '{cutoff}' AND {part} AND gap IS NOT NULL GROUP BY {entity}
        )
        SELECT seen.*, gap_mean, gap_std, recency / gap_mean AS gap_due, {last}, {gaps}
        FROM seen LEFT JOIN waits USING ({entity})
    """


if __name__ == "__main__":
    main()
