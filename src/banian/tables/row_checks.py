"""Find rows to set aside: their time is missing or unreadable, their key missing or repeated, or `where` not true."""

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from banian.spec import SourceTableSpec
from banian.tables.engines import POSITION
from banian.tables.expression import apply_expression

REASON = "banian reason"
"""Column that says why a row is set aside; null where it is kept."""

_KEY = "banian key"
_CENTURIES = ("1900-01-01", "2200-01-01")  # a time outside them is a typing error


def reject_rows(
    name: str,
    spec: SourceTableSpec,
    typed: ir.Table,
    columns: tuple[str, ...],
    raw: str,
    *,
    names: Collection[str],
) -> ir.Table:
    """Give POSITION and REASON of every row to set aside.

    `typed` has the typed `columns`, and raw times under the prefix `raw`; `names` are the columns of keys and links.

    Raises:
        SpecError: `where` does not fit the columns.

    """
    faults = find_faults(name, spec, typed, raw, names=names)
    reason = ibis.cases(*faults, else_=ibis.null("string")) if faults else ibis.null("string")
    keys = {} if spec.key is None else {_KEY: typed[spec.key]}
    judged = typed.select(**keys, **{POSITION: typed[POSITION], REASON: reason})
    bad = judged.filter(judged[REASON].notnull()).select(POSITION, REASON)
    if spec.key is None:
        return bad
    usable = judged.filter(judged[REASON].isnull())
    sizes = usable.group_by(_KEY).aggregate(rows=usable.count())
    repeated = sizes.filter(sizes.rows > 1)
    if not int(repeated.count().to_pyarrow().as_py()):
        return bad
    again = _repeats(typed.semi_join(usable, POSITION), repeated, spec.key, columns)
    return bad.union(again.mutate(**{REASON: ibis.literal(f"{spec.key} appears again")}))


def find_faults(
    name: str, spec: SourceTableSpec, typed: ir.Table, raw: str, *, names: Collection[str]
) -> list[tuple[ir.BooleanValue, str]]:
    """Say what may be wrong with a row by itself, and the reason for which it is set aside then.

    Raises:
        SpecError: `where` does not fit the columns.

    """
    faults: list[tuple[ir.BooleanValue, str]] = []
    if spec.time is not None:
        time = typed[spec.time]
        outside = (time < ibis.timestamp(_CENTURIES[0])) | (time >= ibis.timestamp(_CENTURIES[1]))
        faults += [
            (typed[raw + spec.time].isnull(), f"{spec.time} is missing"),
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
        holds = apply_expression(spec.where, typed, where=f"tables.{name}.where", names=names)
        faults.append((~holds.fill_null(False), f"does not satisfy: {spec.where}"))
    return faults


def _repeats(usable: ir.Table, repeated: ir.Table, key: str, columns: tuple[str, ...]) -> ir.Table:
    """Give the POSITION of all rows but one of each repeated key; which one stays does not depend on their order."""
    rows = usable.semi_join(repeated, usable[key] == repeated[_KEY])
    order = ibis.window(group_by=rows[key], order_by=[rows[column] for column in columns])
    ranked = rows.select(**{POSITION: rows[POSITION], "rank": ibis.row_number().over(order)})
    return ranked.filter(ranked["rank"] > 0).select(POSITION)
