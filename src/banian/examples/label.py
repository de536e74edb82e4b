"""What happened, and when it was known: labels, their maturity, and the trailing level."""

from dataclasses import dataclass
from typing import final

import ibis
import ibis.expr.types as ir
import numpy as np
from jaxtyping import Float, Int

from banian.errors import LabelError, SpecError, nearest
from banian.examples.ask import Asks
from banian.examples.clock import reads_of, to_tick, to_ticks
from banian.examples.window import aggregate_after, aggregate_before
from banian.spec import AggregateSpec, EntityTaskSpec, Kind, RowTaskSpec, TaskSpec
from banian.tables import Database

UNKNOWN = np.iinfo(np.int64).min
"""Tick of what never became known; as datetime64 it is NaT."""


@final
@dataclass(frozen=True)
class Labels:
    """The labels of one task, one per ask."""

    value: Float[np.ndarray, " row"]
    """The truth; NaN where it is not known."""
    matured: Int[np.ndarray, " row"]
    """Tick at which it became known."""


def build_labels(database: Database, asks: Asks, name: str, task: TaskSpec) -> Labels:
    """Answer one task for each ask, where the data reach far enough.

    Raises:
        SpecError: a column does not exist, or the label is no number.

    """
    if isinstance(task.label, AggregateSpec):
        where = f"tasks.{name}.label"
        after = aggregate_after(
            database, asks.rows, task.label, _same(database, name, task, task.label), where
        )
        answered = after.join(asks.rows.select("ask", "cutoff"), "ask")
        ends = answered.cutoff + to_ticks(task.label.within)
        value, known = answered["value"], answered.known
        matured = ibis.greatest(ends, known.fill_null(ends))
        return _read(database, answered.select("ask", value=value, matured=matured))
    assert isinstance(task, RowTaskSpec)  # entity tasks have aggregates only
    return _read(database, _column_label(database, asks, name, task, task.label))


def build_level(
    database: Database, asks: Asks, name: str, task: TaskSpec
) -> Float[np.ndarray, " row"]:
    """Measure the label's own aggregate over as long a window before each ask; 0 where there is none."""
    if not isinstance(task.label, AggregateSpec) or task.label.is_condition:
        return np.zeros(int(asks.rows.count().to_pyarrow().as_py()))
    same = _same(database, name, task, task.label)
    before = aggregate_before(database, asks.rows, task.label, same, f"tasks.{name}.label")
    level = before.order_by("ask")["value"].to_pyarrow().to_numpy(zero_copy_only=False)
    return np.nan_to_num(level)


def infer_kind(name: str, task: TaskSpec, label: Float[np.ndarray, " row"]) -> Kind:
    """Tell binary, count and amount apart, and hold what was said against the labels.

    Raises:
        LabelError: the task has no label, or labels that its kind cannot have.

    """
    known = label[~np.isnan(label)]
    if known.size == 0:
        raise LabelError(
            f"tasks.{name}: not one label is known.",
            remedy="Check the label's column, filter and window against the span of the data.",
        )
    is_binary = bool(np.isin(known, (0.0, 1.0)).all())
    is_count = bool((known >= 0).all() and (known == np.floor(known)).all())
    if task.kind is not None:
        kind = task.kind
    elif isinstance(task.label, AggregateSpec):
        counts = task.label.aggregate in ("count", "count_distinct")
        kind = "binary" if task.label.is_condition else "count" if counts else "amount"
    else:
        kind = "binary" if is_binary else "count" if is_count else "amount"
    if (kind == "binary" and not is_binary) or (kind == "count" and not is_count):
        other = "amount" if kind == "count" or not is_count else "count"
        raise LabelError(
            f"tasks.{name}: a {kind} label cannot be {known.min():g} to {known.max():g}.",
            remedy=f"Write kind: {other}, or correct the label.",
        )
    return kind


def _same(database: Database, name: str, task: TaskSpec, label: AggregateSpec) -> dict[str, str]:
    match task:
        case EntityTaskSpec(for_each=entity):
            return {database.spec.links_to(entity)[label.table][0]: "key"}
        case RowTaskSpec():
            for column in label.same:
                if column not in (own := database.tables[task.rows].types):
                    raise SpecError(
                        f"tasks.{name}.label.same: {task.rows!r} has no column {column!r}.",
                        remedy=nearest(column, own),
                    )
            return {column: f"own {column}" for column in label.same}


def _column_label(
    database: Database, asks: Asks, name: str, task: RowTaskSpec, column: str
) -> ir.Table:
    table = database.tables[task.rows]
    kind = table.types.get(column)
    if kind is None:
        raise SpecError(
            f"tasks.{name}.label: {task.rows!r} has no column {column!r}.",
            remedy=nearest(column, table.types),
        )
    if kind.kind not in ("whole", "decimal", "boolean"):
        raise SpecError(
            f"tasks.{name}.label: {column!r} holds {kind.kind}, not numbers or true and false.",
            remedy="Derive a number or a comparison from it: derive: {NAME: EXPRESSION}",
        )
    rows = asks.rows
    value = rows[f"own {column}"].cast("float64")
    known = rows[f"known {name}"]
    if task.within is None:
        return rows.select("ask", value=value, matured=known)
    ends = rows.cutoff + to_ticks(task.within)
    if reads_of(table.spec, column) & table.spec.known_at.keys():
        # What was not known within the window did not happen in it; a measure, though, stays unknown.
        late = ibis.literal(0.0) if kind.kind == "boolean" else ibis.null("float64")
        value = (known.isnull() | (known > ends)).ifelse(late, value)
    return rows.select("ask", value=value, matured=ends)


def _read(database: Database, answers: ir.Table) -> Labels:
    found = answers.order_by("ask").to_pyarrow()
    value = found["value"].to_numpy(zero_copy_only=False).astype(np.float64)
    matured = found["matured"].fill_null(UNKNOWN).to_numpy()
    latest = database.latest()
    if latest is not None:
        value = np.where((matured != UNKNOWN) & (matured <= to_tick(latest)), value, np.nan)
    return Labels(value, matured)
