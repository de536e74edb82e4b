"""What an ask says of its row, as features; what is derived, by SQL that was compiled where the tables are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, assert_never, final

import pyarrow as pa
import pyarrow.compute as pc

from banian.features.compiled_sql import evaluate_sql
from banian.schema import RESERVED, ColumnType

ASKED = "asked"
"""What the SQL calls the rows that ask."""
PLACE = f"{RESERVED}place"
"""The column that has their order."""
Stated: TypeAlias = Literal["number", "text", "tick"]
"""What becomes of a column that is taken as an ask gives it."""


def held_as(kind: ColumnType) -> pa.DataType:
    """Say as what the values of a column are held that an ask gives."""
    match kind.kind:
        case "whole":
            return pa.int64()
        case "decimal" | "float":
            return pa.string() if kind.is_name else pa.float64()
        case "boolean":
            return pa.string() if kind.is_name else pa.bool_()
        case "time":
            return pa.timestamp("us")
        case "text" | "other":
            return pa.string()
        case _:
            assert_never(kind.kind)


@final
@dataclass(frozen=True)
class AskedRow:
    """The columns that an ask about a grain may give, and how features are computed from them.

    Args:
        forms: column → what it is held as, as Arrow writes it.
        reads: what is said of a row → the columns from which that follows.
        stated: columns that are said as they are given → as what: numbers and truths as float64, times as ticks.
        sql: for all else, a query on the table `asked` of these columns and PLACE. It gives a row for each row of it,
            in the order of PLACE, in the same forms. None where nothing else is said.

    """

    forms: Mapping[str, str]
    reads: Mapping[str, tuple[str, ...]]
    stated: Mapping[str, Stated]
    sql: str | None

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "AskedRow":
        """Make it of plain values."""
        reads = {name: tuple(columns) for name, columns in fields["reads"].items()}
        return cls(dict(fields["forms"]), reads, dict(fields["stated"]), fields["sql"])

    def compute(self, given: pa.Table) -> dict[str, pa.Array]:
        """Compute what the rows say from the columns that are given; a column that is not is absent in every row."""
        there = dict(zip(given.column_names, given.columns, strict=True))
        found = {
            name: self._state(there.get(name), name, how, len(given))
            for name, how in self.stated.items()
        }
        if self.sql is None:
            return found
        columns = {name: self._column(there.get(name), name, len(given)) for name in self.forms}
        place = pa.array(range(len(given)), pa.int64())
        read = evaluate_sql(self.sql, ASKED, pa.table({PLACE: place, **columns}))
        return found | {name: read[name].combine_chunks() for name in read.column_names}

    def _state(self, given: pa.ChunkedArray | None, name: str, how: Stated, rows: int) -> pa.Array:
        column = self._column(given, name, rows)
        match how:
            case "number":
                return pc.cast(column, pa.float64(), safe=False)
            case "text":
                return pc.cast(column, pa.string())
            case "tick":
                return pc.cast(column, pa.int64())
            case _:
                assert_never(how)

    def _column(self, given: pa.ChunkedArray | None, name: str, rows: int) -> pa.Array:
        form = pa.type_for_alias(self.forms[name])
        if given is None:
            return pa.nulls(rows, form)
        column = given.chunk(0) if given.num_chunks == 1 else given.combine_chunks()
        return column if column.type == form else column.cast(form)


@final
@dataclass(frozen=True)
class AskFacts:
    """What a store knows of asks beside what it holds of entities.

    Args:
        rows: grain → what asks about it may say; grains whose rows say nothing are left out.
        levels: task → the query by which its trailing level follows from its windows; none where no query is needed.
        conditions: task → the query by which it follows whether its WHERE holds; none where no query is needed.
        ends: table → the tick of its newest row; tables without a time are left out.
        bounds: entity that is asked about → for each task, the tables that its label reads.
        first: the tick of the oldest row of all tables; none where none has a time.

    """

    rows: Mapping[str, AskedRow]
    levels: Mapping[str, str | None]
    conditions: Mapping[str, str | None]
    ends: Mapping[str, int]
    bounds: Mapping[str, tuple[tuple[str, ...], ...]]
    first: int | None

    @property
    def end(self) -> int | None:
        """The tick of the newest row of all tables; none where none has a time."""
        return max(self.ends.values(), default=None)

    def latest(self, grain: str) -> int | None:
        """Say as of when asks about a grain are asked that do not say it; none where no table has a time.

        Of an entity that is where the tables end that the labels about it read, as in `banian predict`.
        """
        known = [
            min(ends)
            for tables in self.bounds.get(grain, ())
            if (ends := [self.ends[table] for table in tables if table in self.ends])
        ]
        return max(known, default=self.end)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "AskFacts":
        """Make it of plain values."""
        rows = {grain: AskedRow.from_dict(row) for grain, row in fields["rows"].items()}
        bounds = {
            grain: tuple(tuple(tables) for tables in parts)
            for grain, parts in fields["bounds"].items()
        }
        return cls(
            rows,
            dict(fields["levels"]),
            dict(fields["conditions"]),
            dict(fields["ends"]),
            bounds,
            fields["first"],
        )


NO_ASKS = AskFacts({}, {}, {}, {}, {}, None)
"""What is known of asks where nothing can be asked."""
