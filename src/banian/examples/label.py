"""What happened, and when it was known: labels, their maturity, and the trailing level."""

from dataclasses import dataclass, replace
from typing import final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int

from banian.errors import SpecError, nearest
from banian.examples.ask import Asks
from banian.examples.evaluate import apply_finite, evaluate
from banian.examples.label_ends import end_of
from banian.features.asks import OWN
from banian.features.availability import reads_of
from banian.features.ticks import to_tick, to_ticks
from banian.spec import EntityTaskSpec, RowTaskSpec, TaskSpec
from banian.spec.node import Aggregate, Node, columns_of, is_condition, windowed_of
from banian.spec.rewrite import rewrite
from banian.tables import Database, Table, read_columns

UNKNOWN = np.iinfo(np.int64).min
"""Tick of what never became known; as datetime64 it is NaT."""


@final
@dataclass(frozen=True)
class Labels:
    """The labels of one task, one per ask."""

    value: Float[np.ndarray, " row"]
    """The truth: a number, the code of a class, or how many items a list has; NaN where it is not known."""
    matured: Int[np.ndarray, " row"]
    """Tick at which it became known."""
    classes: pa.Array | None = None
    """The texts that codes stand for, sorted; nothing where labels are numbers."""
    items: pa.Array | None = None
    """Of a list: the codes of its items per row, sorted; null where it is not known."""
    endless: Bool[np.ndarray, " row"] | None = None
    """Whether it would be a number without end, and so is not known; nothing where none could be."""


def build_labels(database: Database, asks: Asks, name: str, task: TaskSpec) -> Labels:
    """Answer one task for each ask, where the data reach far enough.

    Raises:
        SpecError: a column does not exist, or the label is no number, text or list.

    """
    where = f"tasks.{name}.label"
    if isinstance(task, RowTaskSpec) and not task.is_windowed:
        answers = _own_label(database, asks, name, task, where)
    else:
        grain = task.for_each if isinstance(task, EntityTaskSpec) else None
        answers = evaluate(database, grain, asks.rows, task.tree, where)
    return _read(answers)


def build_level(
    database: Database, asks: Asks, name: str, task: TaskSpec
) -> Float[np.ndarray, " row"]:
    """Measure the label's own windows mirrored to before each ask; 0 where there is none."""
    if _has_level(task.tree):
        grain = task.for_each if isinstance(task, EntityTaskSpec) else None
        mirrored = rewrite(task.tree, _mirror)
        before = evaluate(database, grain, asks.rows, mirrored, f"tasks.{name}.label")
        if before["value"].type().is_numeric():
            level = before.select("ask", value=before["value"].cast("float64")).order_by("ask")
            return np.nan_to_num(level.to_pyarrow()["value"].to_numpy(zero_copy_only=False))
    return np.zeros(int(asks.rows.count().to_pyarrow().as_py()))


def _has_level(tree: Node) -> bool:
    parts = windowed_of(tree)
    return bool(parts) and not is_condition(tree) and all(isinstance(p, Aggregate) for p in parts)


def _mirror(node: Node) -> Node:
    if isinstance(node, Aggregate) and node.window.is_ahead:
        return replace(node, window=node.window.mirrored)
    return node


def _own_label(
    database: Database, asks: Asks, name: str, task: RowTaskSpec, where: str
) -> ir.Table:
    table, rows = database.tables[task.rows], asks.rows
    _check_label_columns(table, columns_of(task.tree), where)
    read = read_columns(rows, OWN)
    value, endless = apply_finite(task.tree, read, where=where, names=table.names)
    known, end = rows[f"known {name}"], end_of(database, task.rows)
    is_static = table.spec.time is None

    def is_over(at: ir.Value) -> ir.Value:
        return ibis.literal(is_static) if end is None else at <= to_tick(end)

    if task.within is None:
        return rows.select(
            "ask", value=value, matured=known, covered=is_over(known), endless=endless
        )
    ends = rows.cutoff + to_ticks(task.within)
    used = frozenset().union(*(reads_of(table.spec, c) for c in columns_of(task.tree)))
    if used & table.spec.known_at.keys():
        # What was not known within the window did not happen in it; a measure, though, stays unknown.
        late = ibis.literal(False) if value.type().is_boolean() else ibis.null(value.type())
        value = (known.isnull() | (known > ends)).ifelse(late, value)
    return rows.select("ask", value=value, matured=ends, covered=is_over(ends), endless=endless)


def _check_label_columns(table: Table, columns: frozenset[str], where: str) -> None:
    for column in sorted(columns):
        if column not in table.types:
            raise SpecError(
                f"{where}: {table.name!r} has no column {column!r}.",
                remedy=nearest(column, table.types),
            )
        if (kind := table.types[column].kind) in ("time", "other"):
            raise SpecError(
                f"{where}: {column!r} holds {kind}, not numbers, texts or true and false.",
                remedy="Derive a number or a comparison from it: derive: {NAME: EXPRESSION}",
            )


def _read(answers: ir.Table) -> Labels:
    value = answers["value"]
    if value.type().is_numeric() or value.type().is_boolean():
        value = value.cast("float64")
    answers = answers.select("ask", "matured", "covered", "endless", value=value)
    found = answers.order_by("ask").to_pyarrow()
    matured = found["matured"].fill_null(UNKNOWN).to_numpy()
    is_known = found["covered"].fill_null(False).to_numpy()
    answer = found["value"].combine_chunks()
    if pa.types.is_floating(answer.type):
        number = answer.to_numpy(zero_copy_only=False).astype(np.float64)
        endless = is_known & found["endless"].to_numpy()
        return Labels(np.where(is_known, number, np.nan), matured, endless=endless)
    answer = pc.if_else(pa.array(is_known), answer, pa.scalar(None, answer.type))
    if pa.types.is_list(answer.type):
        return _read_lists(answer, matured)
    classes = pc.unique(answer.drop_null()).sort()
    codes = pc.fill_null(pc.cast(pc.index_in(answer, classes), pa.float64()), np.nan)
    return Labels(codes.to_numpy(zero_copy_only=False), matured, classes)


def _read_lists(answer: pa.ListArray, matured: np.ndarray) -> Labels:
    items = answer.flatten()
    classes = pc.unique(items.drop_null()).sort()
    codes = pc.cast(pc.index_in(items, classes), pa.int64())
    sizes = pc.fill_null(pc.list_value_length(answer), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, codes, mask=answer.is_null())
    count = pc.cast(pc.list_value_length(answer), pa.float64())
    value = pc.fill_null(count, np.nan).to_numpy(zero_copy_only=False)
    return Labels(value, matured, classes, lists)
