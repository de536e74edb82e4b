"""Later rows of a table behind earlier ones: columns are held alike, and a row whose key comes again replaces."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.errors import TableError
from banian.schema import ColumnType
from banian.tables.casts import DIGITS
from banian.tables.engines import POSITION
from banian.tables.quality import TableReport
from banian.tables.table import Table


def join_types(earlier: Table, later: Table) -> dict[str, ColumnType]:
    """Give the column types that hold the rows of `earlier` and `later` together.

    That is how they would be held if all rows were read at once: a name that is no number somewhere is text, and
    decimals have the digits of the finest.

    Raises:
        TableError: a column holds something else in later rows, or numbers that no longer fit beside each other.

    """
    return {
        column: kind
        if _is_alike(kind, later.types[column])
        else _join(earlier, later, column, kind, later.types[column])
        for column, kind in earlier.types.items()
    }


def hold_as(table: Table, types: Mapping[str, ColumnType]) -> Table:
    """Give the columns named in `types`, each cast to how it is to be held."""
    rows = table.rows
    values = {column: _hold(rows[column], _storage_type(kind)) for column, kind in types.items()}
    held = rows.select(**values, **{POSITION: _hold(rows[POSITION], dt.int64)})
    return replace(table, rows=held, types=dict(types))


def add_rows(earlier: Table, later: Table) -> Table:
    """Put later rows behind earlier ones, whose columns are held alike; a row whose key comes again replaces.

    Positions count on; those of replaced rows are left out. The report counts the rows read so far.
    """
    before = earlier.report.read
    behind = later.rows.mutate(**{POSITION: later.rows[POSITION] + before})
    stay = earlier.rows
    if earlier.spec.key is not None:
        keys = later.rows.select(earlier.spec.key).distinct()
        stay = stay.anti_join(keys, earlier.spec.key)
    names = (*earlier.types, POSITION)
    read = before + later.report.read
    kept = earlier.report.kept + later.report.kept
    rows = stay.select(*names).union(behind.select(*names))
    return replace(earlier, rows=rows, report=TableReport(read=read, kept=kept))


def without_rows(table: Table) -> Table:
    """Give the table without any row."""
    nothing = table.rows.filter(ibis.literal(value=False))
    return replace(table, rows=nothing, report=TableReport(read=0, kept=0))


def replaced_rows(earlier: Table, later: Table) -> ir.Table:
    """Give the earlier rows that later rows replace."""
    if earlier.spec.key is None:
        return earlier.rows.filter(ibis.literal(value=False))
    keys = later.rows.select(earlier.spec.key).distinct()
    return earlier.rows.semi_join(keys, earlier.spec.key)


def changed_rows(earlier: Table, later: Table) -> Table:
    """Leave out later rows that say what the earlier row with their key says; columns are held alike.

    Without a key every row is another one.
    """
    key = earlier.spec.key
    if key is None:
        return later
    names = tuple(earlier.types)
    same = replaced_rows(earlier, later).select(*names).intersect(later.rows.select(*names))
    rows = later.rows.anti_join(same.select(key), key)
    kept = int(rows.count().to_pyarrow().as_py())
    return replace(later, rows=rows, report=replace(later.report, kept=kept))


def _is_alike(one: ColumnType, other: ColumnType) -> bool:
    """Say whether two types hold values in the same way."""
    is_fine = one.scale == other.scale or one.kind != "decimal"
    return one.kind == other.kind and is_fine


def _join(
    earlier: Table, later: Table, column: str, was: ColumnType, new: ColumnType
) -> ColumnType:
    if was.is_name and new.is_name:
        return replace(was, kind="text", scale=0)
    if not _has_values(later, column):
        return was
    if not _has_values(earlier, column):
        return new
    if not (was.is_number and new.is_number):
        raise TableError(
            f"tables.{earlier.name}.{column} is held as {was.kind}, and in the new rows as {new.kind}.",
            remedy="Bring the column as before, or build the store anew from all rows, without --append.",
        )
    if "float" in (was.kind, new.kind):
        return was if was.kind == "float" else new
    scale = max(was.scale, new.scale)
    digits = max(_whole_digits(earlier, column), _whole_digits(later, column))
    if scale + digits > DIGITS:
        raise TableError(
            f"tables.{earlier.name}.{column}: the stored and the new numbers have up to {digits} digits before the "
            f"point and {scale} behind it, more than the {DIGITS} of an exact number.",
            remedy="Build the store anew from all rows, without --append.",
        )
    return ColumnType("decimal", scale=scale)


def _has_values(table: Table, column: str) -> bool:
    return bool(table.rows[column].count().to_pyarrow().as_py())


def _whole_digits(table: Table, column: str) -> int:
    return len(str(int(table.rows[column].abs().max().to_pyarrow().as_py())))


def _hold(column: ir.Column, dtype: dt.DataType) -> ir.Column:
    return column if column.type() == dtype else column.cast(dtype)


def _storage_type(kind: ColumnType) -> dt.DataType:
    match kind.kind:
        case "text":
            return dt.string
        case "whole":
            return dt.int64
        case "decimal":
            return dt.Decimal(DIGITS, kind.scale)
        case "float":
            return dt.float64
        case "boolean":
            return dt.boolean
        case "time":
            return dt.timestamp
        case "other":
            raise AssertionError(kind)  # no feature is made of it, so that it is not kept
        case _:
            assert_never(kind.kind)
