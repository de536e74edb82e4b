"""A request's rows as one record of the log: typed, in the form of Arrow, with what tells it from others."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc

from banian.spec import ShopSpec


@final
@dataclass(frozen=True)
class EventRecord:
    """Rows that came at once.

    Args:
        rows: table → its rows, typed; personal data are hashes already.
        key: tells whether the same request came before; none where nothing does.
        digest: of the request's body: another body with the same key is another request.
        at: when it came: seconds since 1970.
        origin: its place in the stream that several machines share; empty where it came from nowhere else.
        voids: number of a record that could not be used and is left out; 0 for records of rows.
        number: its place in the log, from 1; 0 until it has one.

    """

    rows: Mapping[str, pa.Table]
    key: str | None = None
    digest: str = ""
    at: float = 0.0
    origin: str = ""
    voids: int = 0
    number: int = 0

    def to_bytes(self) -> bytes:
        """Write it, but for its number and origin, which are of a log."""
        bodies = {name: _to_ipc(table) for name, table in self.rows.items()}
        told = {
            "key": self.key,
            "digest": self.digest,
            "at": self.at,
            "voids": self.voids,
            "tables": {name: len(body) for name, body in bodies.items()},
        }
        return b"\n".join([json.dumps(told).encode(), b"".join(bodies.values())])

    @classmethod
    def from_bytes(cls, data: bytes, *, number: int = 0, origin: str = "") -> "EventRecord":
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: it is no record.

        """
        head, _, body = data.partition(b"\n")
        told, rows, start = json.loads(head), {}, 0
        for name, size in told.pop("tables").items():
            with ipc.open_stream(body[start : start + size]) as stream:
                rows[name] = stream.read_all()
            start += size
        return cls(rows, number=number, origin=origin, **told)


def _to_ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def keys_of(spec: ShopSpec, rows: Mapping[str, pa.Table]) -> frozenset[tuple[str, object]]:
    """Name each row that has a key: its table and its key."""
    return frozenset(
        (name, value)
        for name, table in rows.items()
        if (key := spec.source(name).key) is not None
        for value in table[key].to_pylist()
    )


def in_turn(spec: ShopSpec, records: Iterable[EventRecord]) -> Iterator[list[EventRecord]]:
    """Cut records, in their order, into groups that can be taken in at once: no row of a group comes twice."""
    group: list[EventRecord] = []
    seen: set[tuple[str, object]] = set()
    for record in records:
        keys = keys_of(spec, record.rows)
        if keys & seen:
            yield group
            group, seen = [], set()
        group.append(record)
        seen |= keys
    if group:
        yield group


def in_rounds(spec: ShopSpec, records: Iterable[EventRecord]) -> list[dict[str, pa.Table]]:
    """Put the rows of records into few rounds, to be taken in one after the other; rows of a key stay in their order.

    A row is in as late a round as there are earlier records with its key. Rows of tables without a key are in the last
    round: a round can be taken in twice, but for these.
    """
    seen, rounds = Counter[tuple[str, object]](), list[dict[str, list[pa.Table]]]()
    without: dict[str, list[pa.Table]] = {}
    for record in records:
        for name, table in record.rows.items():
            key = spec.source(name).key
            if key is None:
                without.setdefault(name, []).append(table)
                continue
            keys = [(name, value) for value in table[key].to_pylist()]
            turns = np.array([seen[one] for one in keys], np.int64)
            for turn in np.unique(turns):
                while len(rounds) <= turn:
                    rounds.append({})
                own = table.filter(pa.array(turns == turn))
                rounds[turn].setdefault(name, []).append(own)
            seen.update(set(keys))
    if not rounds:
        rounds.append({})
    rounds[-1] |= without
    return [{name: pa.concat_tables(parts) for name, parts in one.items()} for one in rounds]


def together(records: Iterable[EventRecord]) -> dict[str, pa.Table]:
    """Put the rows of a group together."""
    parts: dict[str, list[pa.Table]] = {}
    for record in records:
        for name, table in record.rows.items():
            parts.setdefault(name, []).append(table)
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}
