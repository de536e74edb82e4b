"""Rows that were set aside, with the table and the reason."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from banian.tables.engines import POSITION, AbstractEngine


def nothing_aside(engine: AbstractEngine) -> ir.Table:
    """Give an empty quarantine."""
    schema = pa.schema([(name, pa.string()) for name in ("table", "reason", "row")])
    return engine.load(
        iter(()), schema
    )  # what is in memory only, Ibis computes on an engine of its own


def set_aside(name: str, raw: ir.Table, bad: ir.Table, reason: str) -> ir.Table:
    """Make quarantine rows of raw rows, which become JSON; `bad` has their POSITION and the reason."""
    found = raw.join(bad, POSITION)
    columns = [column for column in raw.columns if column != POSITION]
    row = ibis.struct({column: found[column].cast("string") for column in columns})
    return found.select(table=ibis.literal(name), reason=found[reason], row=_to_json(row))


def set_lines_aside(name: str, malformed: ir.Table, *, readable: bool) -> ir.Table:
    """Make quarantine rows of malformed lines: their number and, if `readable`, their text."""
    line = malformed.line if readable else ibis.null("string")
    row = ibis.struct({"number": malformed.number, "line": line})
    return malformed.select(
        table=ibis.literal(name),
        reason="not a row of this table: " + malformed.reason,
        row=_to_json(row),
    )


@ibis.udf.scalar.builtin(name="to_json", signature=(("struct<>",), "string"))
def _to_json(row: ir.Value) -> ir.Column:
    """Name a function of the engine."""
