"""From raw rows to typed rows that keep their promises; the others are set aside with the reason."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ibis.expr.types as ir

from banian.errors import SpecError, TableError
from banian.spec import SourceTableSpec
from banian.tables.column import ColumnType, cast_column, infer_types
from banian.tables.declared import times_of
from banian.tables.engines import POSITION, AbstractEngine
from banian.tables.expression import apply_expression
from banian.tables.judge import REASON, judge_rows
from banian.tables.local_time import LocalClock, read_clocks
from banian.tables.notice import count_faults
from banian.tables.quality import TableReport
from banian.tables.quarantine import set_aside, set_lines_aside
from banian.tables.sources import RawRows
from banian.tables.table import Table

_RAW = "banian raw "  # prefix of the raw columns while both stand side by side


def clean_table(
    engine: AbstractEngine,
    name: str,
    spec: SourceTableSpec,
    raw: RawRows,
    *,
    types: Mapping[str, ColumnType] | None,
) -> tuple[Table, ir.Table]:
    """Type, derive, check; give the clean table and its quarantine.

    Raises:
        SpecError: an expression does not fit the columns.
        TableError: nothing is left, or the times cannot be read, or the key is none.

    """
    malformed = 0 if raw.malformed is None else _count(raw.malformed)
    unusable = {"not a row of this table": malformed} if malformed else {}
    if types is None and _count(raw.rows) == 0:
        raise _no_rows(name, spec, unusable)  # columns without values have no types to infer
    mixed: Mapping[str, int] = {}
    if types is None:
        inferred = infer_types(
            raw.rows.drop(POSITION), dict.fromkeys(times_of(spec), spec.time_format)
        )
        types, mixed = inferred.types, inferred.mixed
    raws = {column: _RAW + column for column in sorted(raw.columns)}
    own = {column: kind for column, kind in types.items() if column in raws}
    with _spec_fault(engine, name):
        clocks = read_clocks(raw.rows, spec)
    typed = _type(raw.rows, own, clocks, raws)
    typed, derived = _derive(engine, name, spec, typed, types)
    types = dict(sorted({**own, **derived}.items()))
    with _spec_fault(engine, name):
        judged = engine.keep(judge_rows(name, spec, typed, types, raws))
    counts = judged.group_by(REASON).aggregate(rows=judged.count()).to_pyarrow().to_pylist()
    rejected = {row[REASON]: row["rows"] for row in counts if row[REASON] is not None}
    good = judged.filter(judged[REASON].isnull())
    kept = good.select(*types, POSITION)
    report = TableReport(
        read=_count(judged) + malformed,
        kept=_count(kept),
        rejected=dict(sorted({**rejected, **unusable}.items())),
        noticed=count_faults(spec, good, types, raws, clocks, mixed),
        **_span(spec, kept),
    )
    _refuse_times(name, spec, raw, report)
    _refuse_key(name, spec, report)
    if report.kept == 0 and (types is None or report.read):
        raise _no_rows(name, spec, report.rejected)
    aside = set_aside(name, judged.filter(judged[REASON].notnull()), REASON, raws)
    if raw.malformed is not None:
        aside = aside.union(set_lines_aside(name, raw.malformed, readable=not spec.ignore))
    stored = {column: raw.rows[column].type() for column in raw.columns}
    return Table(name, spec, kept, types, report, stored), aside


def _type(
    rows: ir.Table,
    types: Mapping[str, ColumnType],
    clocks: Mapping[str, LocalClock],
    raws: Mapping[str, str],
) -> ir.Table:
    return rows.select(
        **{
            column: clocks[column].utc(rows[column])
            if column in clocks
            else cast_column(rows[column], kind)
            for column, kind in types.items()
        },
        **{here: rows[column] for column, here in raws.items()},
        **{POSITION: rows[POSITION]},
    )


def _derive(
    engine: AbstractEngine,
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
            raw = engine.keep(typed.mutate(**{column: value}))
        except engine.faults as error:
            raise SpecError(
                f"{where}: {text!r} cannot be computed: {str(error).splitlines()[0]}",
                remedy="Derive a smaller step first.",
            ) from None
        known = types.get(column) or infer_types(raw.select(column), {}).types[column]
        derived[column] = known
        typed = raw.mutate(**{column: cast_column(raw[column], known)})
    return typed, derived


@contextmanager
def _spec_fault(engine: AbstractEngine, name: str) -> Iterator[None]:
    try:
        yield
    except engine.faults as error:
        raise SpecError(
            f"tables.{name}: {str(error).splitlines()[0]}",
            remedy="Correct the table's time_format or where.",
        ) from None


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


def _refuse_times(name: str, spec: SourceTableSpec, raw: RawRows, report: TableReport) -> None:
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


def _refuse_key(name: str, spec: SourceTableSpec, report: TableReport) -> None:
    again = report.rejected.get(f"{spec.key} appears again", 0)
    if again > report.read / 2:
        raise TableError(
            f"tables.{name}.key: {again} of {report.read} rows repeat the {spec.key} of another row.",
            remedy="Name a column that differs from row to row, or leave key out and declare what the "
            f"column names as an entity: ENTITY: {{from: {name}, key: {spec.key}}}",
        )


def _no_rows(name: str, spec: SourceTableSpec, rejected: Mapping[str, int]) -> TableError:
    why = "; ".join(f"{reason}: {rows}" for reason, rows in rejected.items())
    return TableError(
        f"tables.{name}: no rows in {spec.origin}" + (f" are usable ({why})." if why else "."),
        remedy="Check that this is the right file, and the table's time, key and where.",
    )


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
