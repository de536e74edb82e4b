"""From raw rows to typed rows that keep their promises; the others are set aside with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from banian.errors import SpecError, TableError
from banian.spec import SourceTableSpec
from banian.tables.column import ColumnType, cast_column, infer_types
from banian.tables.expression import apply_expression
from banian.tables.quality import TableReport
from banian.tables.table import Table

RESERVED = "banian "
"""How the columns begin that the stages add to the user's own."""
POSITION = "banian row"
"""Column that every clean table carries: the row's position in its file, from 0."""

_REASON = "banian reason"
_RAW = "banian raw "  # prefix of the raw columns while both stand side by side
_CENTURIES = ("1900-01-01", "2200-01-01")  # a time outside them is a typing error


@final
@dataclass(frozen=True)
class RawTable:
    """Rows as they lie in the file."""

    name: str
    spec: SourceTableSpec
    rows: ir.Table
    malformed: ir.Table | None
    """Lines that are no rows at all, each once: columns csv_line, error_message."""


def clean_table(
    engine: Backend,
    raw: RawTable,
    *,
    types: Mapping[str, ColumnType] | None,
) -> tuple[Table, ir.Table]:
    """Type, derive, check; give the clean table and its quarantine.

    Raises:
        SpecError: an expression does not fit the columns.
        TableError: nothing is left, or the times cannot be read.

    """
    name, spec = raw.name, raw.spec
    malformed = 0 if raw.malformed is None else _count(raw.malformed)
    unusable = {"not a row of this table": malformed} if malformed else {}
    if _count(raw.rows) == 0:
        raise _no_rows(name, spec, unusable)  # columns without values have no types to infer
    times: dict[str, str | None] = dict.fromkeys(times_of(spec), spec.time_format)
    here = set(raw.rows.columns)
    types = infer_types(raw.rows, times) if types is None else types
    own = {column: kind for column, kind in types.items() if column in here}
    typed = raw.rows.select(
        **{column: cast_column(raw.rows[column], kind) for column, kind in own.items()},
        **{_RAW + column: raw.rows[column] for column in sorted(here)},
        **{POSITION: ibis.row_number()},
    )
    typed, derived = _derive(engine, name, spec, typed, types)
    types = dict(sorted({**own, **derived}.items()))
    try:
        judged = engine.create_table(f"{name} judged", _judge(name, spec, typed, list(types)))
    except duckdb.Error as error:
        raise SpecError(
            f"tables.{name}: {str(error).splitlines()[0]}",
            remedy="Correct the table's time_format or where.",
        ) from None
    counts = judged.group_by(_REASON).aggregate(rows=judged.count()).to_pyarrow().to_pylist()
    rejected = {row[_REASON]: row["rows"] for row in counts if row[_REASON] is not None}
    kept = judged.filter(judged[_REASON].isnull()).select(*types, POSITION)
    aside = _set_aside(name, judged, sorted(here), raw.malformed)
    report = TableReport(
        read=_count(judged) + malformed,
        kept=_count(kept),
        rejected=dict(sorted({**rejected, **unusable}.items())),
        noticed=_notice(spec, judged, kept, types),
        **_span(spec, kept),
    )
    _refuse_empty(name, spec, raw, report)
    return Table(name, spec, kept, types, report), aside


def times_of(spec: SourceTableSpec) -> list[str]:
    """Name the columns declared as instants: the rows' own time, and when others become known."""
    promised = [when for when in spec.known_at.values() if not when[:1].isdigit()]
    return [*([spec.time] if spec.time else []), *promised]


def _derive(
    engine: Backend,
    name: str,
    spec: SourceTableSpec,
    typed: ir.Table,
    types: Mapping[str, ColumnType],
) -> tuple[ir.Table, dict[str, ColumnType]]:
    derived: dict[str, ColumnType] = {}
    for column, text in spec.derive.items():
        where = f"tables.{name}.derive.{column}"
        value = apply_expression(text, typed, where=where)
        try:
            raw = engine.create_table(f"{name} {column}", typed.mutate(**{column: value}))
        except duckdb.Error as error:
            raise SpecError(
                f"{where}: {text!r} cannot be computed: {str(error).splitlines()[0]}",
                remedy="Derive a smaller step first.",
            ) from None
        known = types.get(column) or infer_types(raw.select(column), {})[column]
        derived[column] = known
        typed = raw.mutate(**{column: cast_column(raw[column], known)})
    return typed, derived


def _judge(name: str, spec: SourceTableSpec, typed: ir.Table, columns: list[str]) -> ir.Table:
    faults: list[tuple[ir.BooleanValue, str]] = []
    if spec.time is not None:
        time = typed[spec.time]
        outside = (time < ibis.timestamp(_CENTURIES[0])) | (time >= ibis.timestamp(_CENTURIES[1]))
        faults += [
            (typed[_RAW + spec.time].isnull(), f"{spec.time} is missing"),
            (time.isnull(), f"{spec.time} is not a time"),
            (outside, f"{spec.time} lies outside 1900 to 2200"),
        ]
    if spec.key is not None:
        faults.append((typed[spec.key].isnull(), f"{spec.key} is missing"))
    if spec.where is not None:
        holds = apply_expression(spec.where, typed, where=f"tables.{name}.where")
        faults.append((~holds.fill_null(False), f"does not satisfy: {spec.where}"))
    if not faults:
        return typed.mutate(**{_REASON: ibis.null("string")})
    judged = typed.mutate(**{_REASON: ibis.cases(*faults, else_=ibis.null("string"))})
    if spec.key is None:
        return judged
    order = [judged[_REASON].notnull(), *(judged[column] for column in columns)]
    again = ibis.row_number().over(ibis.window(group_by=spec.key, order_by=order)) > 0
    repeated = judged[_REASON].isnull() & again
    return judged.mutate(**{_REASON: repeated.ifelse(f"{spec.key} appears again", judged[_REASON])})


def _set_aside(
    name: str, judged: ir.Table, columns: list[str], malformed: ir.Table | None
) -> ir.Table:
    bad = judged.filter(judged[_REASON].notnull())
    row = ibis.struct({column: bad[_RAW + column].cast("string") for column in columns})
    aside = bad.select(table=ibis.literal(name), reason=bad[_REASON], row=_to_json(row))
    if malformed is None:
        return aside
    line = ibis.struct({"line": malformed.csv_line})
    return aside.union(
        malformed.select(
            table=ibis.literal(name),
            reason="not a row of this table: " + malformed.error_message,
            row=_to_json(line),
        )
    )


@ibis.udf.scalar.builtin(name="to_json", signature=(("struct<>",), "string"))
def _to_json(row: ir.Value) -> ir.Column:
    """Name a function of the engine."""


def _notice(
    spec: SourceTableSpec, judged: ir.Table, kept: ir.Table, types: Mapping[str, ColumnType]
) -> dict[str, int]:
    counts: dict[str, ir.Scalar] = {}
    good = judged.filter(judged[_REASON].isnull())
    for column, kind in types.items():
        raw = _RAW + column
        if raw in judged.columns and kind.kind not in ("text", "other"):
            said = good[raw].notnull()
            said = said & (good[raw] != "") if good[raw].type().is_string() else said
            counts[f"{column} is not {_NOUNS[kind.kind]}"] = (said & good[column].isnull()).sum()
    for column in sorted(spec.links):
        counts[f"{column} is missing"] = good[column].isnull().sum()
    noticed = good.aggregate(**counts).to_pyarrow().to_pylist()[0] if counts else {}
    if spec.key is None:
        rows, different = (_count(table) for table in (kept, kept.drop(POSITION).distinct()))
        noticed["exact copies of another row"] = rows - different
    return {fault: int(times) for fault, times in noticed.items() if times}


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())


_NOUNS = {
    "whole": "a whole number",
    "decimal": "a number",
    "boolean": "true or false",
    "time": "a time",
}


def _span(spec: SourceTableSpec, kept: ir.Table) -> dict[str, Any]:
    if spec.time is None:
        return {}
    time = kept[spec.time]
    found = kept.aggregate(
        first=time.min(), last=time.max(), dates_only=(time == time.truncate("D")).all()
    )
    read = found.to_pyarrow().to_pylist()[0]
    ends = {end: read[end].isoformat() if read[end] else None for end in ("first", "last")}
    return {**ends, "dates_only": bool(read["dates_only"])}


def _refuse_empty(name: str, spec: SourceTableSpec, raw: RawTable, report: TableReport) -> None:
    for column in times_of(spec):
        unread = {**report.noticed, **report.rejected}.get(f"{column} is not a time", 0)
        said = int(raw.rows[column].count().to_pyarrow().as_py())
        if unread > said / 2:
            example = raw.rows[column].cast("string").max().to_pyarrow().as_py()
            raise TableError(
                f"tables.{name}: {unread} of {said} values of {column!r} are not times, "
                f"for example {example!r}.",
                remedy="Say how they are written, for example time_format: '%d/%m/%Y %H:%M', or "
                "unix or unix_ms for counts since 1970.",
            )
    if report.kept == 0:
        raise _no_rows(name, spec, report.rejected)


def _no_rows(name: str, spec: SourceTableSpec, rejected: Mapping[str, int]) -> TableError:
    why = "; ".join(f"{reason}: {rows}" for reason, rows in rejected.items())
    return TableError(
        f"tables.{name}: no rows in {spec.source}" + (f" are usable ({why})." if why else "."),
        remedy="Check that this is the right file, and the table's time, key and where.",
    )
