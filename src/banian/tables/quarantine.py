"""Rows that were set aside, with the table and the reason."""

import ibis
import ibis.expr.types as ir


def set_aside(name: str, bad: ir.Table, reason: str, raw: dict[str, str]) -> ir.Table:
    """Give rows their place in quarantine; `raw` maps the columns as they came in to what they are called here."""
    row = ibis.struct({column: bad[here].cast("string") for column, here in raw.items()})
    return bad.select(table=ibis.literal(name), reason=bad[reason], row=_to_json(row))


def set_lines_aside(name: str, malformed: ir.Table, *, readable: bool) -> ir.Table:
    """Give lines that are no rows their place in quarantine; unreadable, only where they stand is said."""
    line = malformed.line if readable else ibis.null("string")
    row = ibis.struct({"number": malformed.number.cast("int64"), "line": line})
    return malformed.select(
        table=ibis.literal(name),
        reason="not a row of this table: " + malformed.reason,
        row=_to_json(row),
    )


@ibis.udf.scalar.builtin(name="to_json", signature=(("struct<>",), "string"))
def _to_json(row: ir.Value) -> ir.Column:
    """Name a function of the engine."""
