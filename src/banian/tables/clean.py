"""Clean one table: type its raw rows, derive columns, and set aside rows that break a declaration, with the reason."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial

import ibis.expr.types as ir

from banian.errors import SpecError, TableError
from banian.schema import ColumnType, times_of
from banian.spec import SourceTableSpec
from banian.spec.expression import parse_expression
from banian.spec.node import columns_of
from banian.tables.casts import cast_column
from banian.tables.engine_faults import reason_of_engine
from banian.tables.engines import POSITION, AbstractEngine, Change, as_it_is
from banian.tables.expression import apply_expression
from banian.tables.local_time import LocalClock, read_clocks
from banian.tables.meanings import count_unread, declare_meanings
from banian.tables.number_format import say_texts
from banian.tables.quality import TableReport, count_faults
from banian.tables.quarantine import nothing_aside, set_aside, set_lines_aside
from banian.tables.row_checks import REASON, reject_rows
from banian.tables.sources import RawRows
from banian.tables.span import measure_span
from banian.tables.table import Table
from banian.tables.type_inference import infer_types

_RAW = "banian raw "  # prefix of the raw times while both stand side by side


def clean_table(
    engine: AbstractEngine,
    name: str,
    spec: SourceTableSpec,
    raw: RawRows,
    *,
    names: frozenset[str],
    types: Mapping[str, ColumnType] | None,
    is_more: bool = False,
) -> tuple[Table, ir.Table]:
    """Type, derive, check; give the clean table and its quarantine.

    `names` are the columns that hold keys and links. `types` are those of training, if it is over. Of rows that come
    behind others (`is_more`) all may be set aside: they are few, and one in error is not the wrong file.

    Raises:
        SpecError: an expression does not fit the columns.
        TableError: nothing is left, or the times cannot be read, or the key is none.

    """
    malformed = 0 if raw.malformed is None else _count(raw.malformed)
    unusable = {"not a row of this table": malformed} if malformed else {}
    read = _count(raw.rows)
    is_new = types is not None
    with _spec_fault(engine, name):
        inferred = infer_types(
            engine,
            raw.rows,
            times=dict.fromkeys(times_of(spec), spec.time_format),
            names=names,
            form=spec.time_format,
            known=types,
        )
        clocks = read_clocks(raw.rows, spec, _times(inferred.types))
        cast = _type(engine, raw.rows, inferred.types, clocks)
    typed, derived, found = _derive(engine, name, spec, cast, names, types, raw.noticed)
    columns = dict(sorted({**inferred.types, **derived}.items()))
    if not is_new:
        columns = declare_meanings(name, spec, columns)
    with _spec_fault(engine, name), _naming_texts(name, spec, spec.where, typed, raw.noticed):
        bad = engine.keep(reject_rows(name, spec, typed, tuple(columns), _RAW, names=names))
    counts = bad.group_by(REASON).aggregate(rows=bad.count()).to_pyarrow().to_pylist()
    rejected = {row[REASON]: row["rows"] for row in counts}
    good = engine.without(typed, bad, POSITION) if rejected else typed
    kept = engine.pick(good, (*columns, POSITION))
    is_copied = bool(rejected or spec.derive)
    if is_copied:
        kept = engine.keep(kept)
    span = measure_span(spec, kept)
    report = TableReport(
        read=read + malformed,
        kept=read - sum(rejected.values()),
        rejected=dict(sorted({**rejected, **unusable}.items())),
        noticed={
            **raw.noticed,
            **inferred.noticed,
            **found,
            **count_faults(engine, spec, good, tuple(columns), clocks, _RAW),
            **span.noticed,
            **count_unread(kept, columns),
        },
        read_as=raw.read_as,
        first=span.first,
        last=span.last,
        dates_only=span.dates_only,
    )
    if is_copied:
        engine.drop(cast)
    if not is_more:
        _refuse_times(name, spec, raw, report)
        _refuse_key(name, spec, report)
        if report.kept == 0 < report.read and not (is_new and _leaves_out_all(report)):
            raise _no_rows(name, spec, report.rejected)
    aside = set_aside(name, raw.rows, bad, REASON) if rejected else nothing_aside(engine)
    if raw.malformed is not None:
        aside = aside.union(
            set_lines_aside(name, raw.malformed, readable=not (spec.ignore or spec.pii))
        )
    stored = {column: kind for column, kind in raw.rows.schema().items() if column != POSITION}
    return Table(name, spec, kept, columns, report, stored), aside


def _times(types: Mapping[str, ColumnType]) -> dict[str, str | None]:
    return {column: kind.form for column, kind in types.items() if kind.kind == "time"}


@cache
def _cast_to(kind: ColumnType) -> Change:
    """Give the same change for the same type, so that it is spelled once."""
    return partial(cast_column, to=kind)


def _type(
    engine: AbstractEngine,
    rows: ir.Table,
    types: Mapping[str, ColumnType],
    clocks: Mapping[str, LocalClock],
) -> ir.Table:
    """Put typed columns in the place of raw ones; of times the raw values stay as well."""
    columns: dict[str, tuple[str, Change]] = {
        column: (column, clocks[column].utc if column in clocks else _cast_to(kind))
        for column, kind in types.items()
    }
    times = [column for column, kind in types.items() if kind.kind == "time"]
    columns |= {_RAW + column: (column, as_it_is) for column in times}
    return engine.compute(rows, {**columns, POSITION: (POSITION, as_it_is)})


def _derive(
    engine: AbstractEngine,
    name: str,
    spec: SourceTableSpec,
    typed: ir.Table,
    names: frozenset[str],
    types: Mapping[str, ColumnType] | None,
    seen: Mapping[str, int],
) -> tuple[ir.Table, dict[str, ColumnType], dict[str, int]]:
    derived: dict[str, ColumnType] = {}
    noticed: dict[str, int] = {}
    for column, text in spec.derive.items():
        where = f"tables.{name}.derive.{column}"
        with _naming_texts(name, spec, text, typed, seen):
            value = apply_expression(text, typed, where=where, names=names)
        try:
            raw = engine.keep(typed.select(**{column: value}))
        except engine.faults as error:
            raise SpecError(
                f"{where}: {text!r} cannot be computed: {reason_of_engine(error)}",
                remedy="Derive a smaller step first.",
            ) from None
        known = None if types is None else {column: types[column]} if column in types else {}
        found = infer_types(engine, raw, times={}, names=names, known=known)
        engine.drop(raw)
        if column in found.types:
            derived[column] = found.types[column]
            noticed |= found.noticed
            value = cast_column(value, derived[column])
        typed = typed.mutate(**{column: value})
    return typed, derived, noticed


@contextmanager
def _naming_texts(
    name: str,
    spec: SourceTableSpec,
    text: str | None,
    typed: ir.Table,
    noticed: Mapping[str, int],
) -> Iterator[None]:
    """Add to an error about types in an expression what its columns of text hold, or that the table has no rows."""
    try:
        yield
    except SpecError as error:
        if text is None or "does not fit the types" not in error.problem:
            raise
        if not _count(typed):
            raise TableError(
                f"tables.{name}: {spec.origin} has columns and no rows.",
                remedy="Check that this is the right file.",
            ) from None
        said = say_texts(name, typed, sorted(columns_of(parse_expression(text))), noticed)
        if not said:
            raise
        raise SpecError(error.problem, remedy=f"{error.remedy} {said}") from None


@contextmanager
def _spec_fault(engine: AbstractEngine, name: str) -> Iterator[None]:
    try:
        yield
    except engine.faults as error:
        raise SpecError(
            f"tables.{name}: {reason_of_engine(error)}",
            remedy="Correct the table's time_format or where.",
        ) from None


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


def _leaves_out_all(report: TableReport) -> bool:
    """Say whether `where` is the only reason for which rows were rejected."""
    return all(reason.startswith("does not satisfy: ") for reason in report.rejected)


def _no_rows(name: str, spec: SourceTableSpec, rejected: Mapping[str, int]) -> TableError:
    why = "; ".join(f"{reason}: {rows}" for reason, rows in rejected.items())
    return TableError(
        f"tables.{name}: no rows in {spec.origin}" + (f" are usable ({why})." if why else "."),
        remedy="Check that this is the right file, and the table's time, key and where.",
    )


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
