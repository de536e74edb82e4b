"""Asks about rows that a store keeps, as if they stood in none: as dictionaries, as JSON and as Arrow."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from banian.features import read_index
from banian.inference import Predictor
from banian.inference.asks import readable_columns
from banian.spec import RowTaskSpec


@dataclass(frozen=True)
class GrainRows:
    """Rows to ask about.

    Args:
        grain: of them.
        tasks: that are asked about it.
        rows: what each says of itself.

    """

    grain: str
    tasks: tuple[str, ...]
    rows: pa.Table

    def part(self, start: int, many: int) -> pa.Table:
        """Take some in turn."""
        at = [(start + place) % len(self.rows) for place in range(many)]
        return self.rows.take(pa.array(at))

    def asks(self, start: int, many: int) -> list[dict[str, Any]]:
        """Write some as asks."""
        return [
            {name: plain(value) for name, value in row.items() if value is not None}
            for row in self.part(start, many).to_pylist()
        ]

    def as_json(self, start: int, many: int, tasks: tuple[str, ...]) -> bytes:
        """Write some as the body of a request."""
        asks = [{"grain": self.grain, **ask} for ask in self.asks(start, many)]
        return json.dumps({"asks": asks, "tasks": list(tasks)}).encode()

    def as_arrow(self, start: int, many: int) -> bytes:
        """Write some as a stream; which tasks are asked stands in the address."""
        sink, part = pa.BufferOutputStream(), self.part(start, many)
        with pa.ipc.new_stream(sink, part.schema) as writer:
            writer.write_table(part)
        return sink.getvalue().to_pybytes()


def plain(value: object) -> object:
    """Give a value as JSON has it."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def rows_of_store(model: Predictor, run: Path, *, most: int = 2_000) -> GrainRows:
    """Read rows of the table about whose rows most is asked, the newest."""
    spec = model.spec
    tasks = [task for task in spec.tasks.values() if isinstance(task, RowTaskSpec)]
    ((about, _),) = Counter(task.about for task in tasks).most_common(1)
    names = tuple(name for name, task in spec.tasks.items() if task.grain == f"rows of {about}")
    index = read_index(run / "store")
    segment = next(one for one in index.segments if one.tables.get(about))
    place = list(segment.tables).index(about)
    table = pq.read_table(run / "store" / segment.name / "tables" / f"{place}.parquet")
    source = spec.source(about)
    later = {*source.known_at, *source.known_at.values(), str(source.key)}
    known = [
        name for name in readable_columns(spec, model.bundle.types, about) if name not in later
    ]
    rows = table.select([name for name in known if name in table.column_names])
    if source.time is not None:
        rows = rows.sort_by(source.time)
    return GrainRows(f"rows of {about}", names, rows.slice(max(0, len(rows) - most)))
