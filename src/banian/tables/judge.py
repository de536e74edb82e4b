"""What a row must be: its time a time, its key there and its own, its `where` true."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from banian.spec import SourceTableSpec
from banian.tables.column import ColumnType
from banian.tables.expression import apply_expression

REASON = "banian reason"
"""Column that says why a row is set aside; nothing where it is kept."""

_CENTURIES = ("1900-01-01", "2200-01-01")  # a time outside them is a typing error


def judge_rows(
    name: str,
    spec: SourceTableSpec,
    typed: ir.Table,
    types: Mapping[str, ColumnType],
    raws: Mapping[str, str],
) -> ir.Table:
    """Add the reason for which each row must be set aside; `raws` maps columns to their raw values.

    Raises:
        SpecError: `where` does not fit the columns.

    """
    faults: list[tuple[ir.BooleanValue, str]] = []
    if spec.time is not None:
        time = typed[spec.time]
        outside = (time < ibis.timestamp(_CENTURIES[0])) | (time >= ibis.timestamp(_CENTURIES[1]))
        faults += [
            (typed[raws[spec.time]].isnull(), f"{spec.time} is missing"),
            (time.isnull(), f"{spec.time} is not a time"),
            (outside, f"{spec.time} lies outside 1900 to 2200"),
        ]
        if spec.end is not None:
            until = str(spec.until).removesuffix(" 23:59:59.999999")
            late = time > ibis.timestamp(spec.end)
            faults.append((late, f"{spec.time} lies after until: {until}"))
    if spec.key is not None:
        faults.append((typed[spec.key].isnull(), f"{spec.key} is missing"))
    if spec.where is not None:
        holds = apply_expression(spec.where, typed, where=f"tables.{name}.where")
        faults.append((~holds.fill_null(False), f"does not satisfy: {spec.where}"))
    if not faults:
        return typed.mutate(**{REASON: ibis.null("string")})
    judged = typed.mutate(**{REASON: ibis.cases(*faults, else_=ibis.null("string"))})
    if spec.key is None:
        return judged
    order = [judged[REASON].notnull(), *(judged[column] for column in types)]
    again = ibis.row_number().over(ibis.window(group_by=spec.key, order_by=order)) > 0
    repeated = judged[REASON].isnull() & again
    return judged.mutate(**{REASON: repeated.ifelse(f"{spec.key} appears again", judged[REASON])})
