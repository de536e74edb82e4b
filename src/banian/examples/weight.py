"""How much the rows of a task count: a column of the asking row, or of the entity."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Float64

from banian.errors import LabelError, LeakageError, SpecError, nearest
from banian.examples.ask import Asks
from banian.features.asks import OWN
from banian.features.availability import availability_of
from banian.spec import EntityTaskSpec, TaskSpec
from banian.tables import Database, Table


def build_weights(
    database: Database,
    asks: Asks,
    tasks: Mapping[str, TaskSpec],
    asked: Bool[np.ndarray, "row task"],
    label: Float[np.ndarray, "row task"],
) -> Float64[np.ndarray, "row task"] | None:
    """Give how much each row counts, 1 on average over the known labels of a task; nothing where no task has weights.

    A row whose weight is 0 or not known has no label any more: it neither trains nor judges.

    Raises:
        SpecError: the column is not there, or holds no numbers.
        LeakageError: it becomes known later than its row.
        LabelError: a weight is negative or without end, or no row with a label has any.

    """
    if all(task.weight is None for task in tasks.values()):
        return None
    weight = np.ones(label.shape)
    for at, (name, task) in enumerate(tasks.items()):
        if task.weight is not None:
            where = f"tasks.{name}.weight"
            found = _read(database, asks, task, task.weight, where)
            found = np.where(asked[:, at] | ((found > 0) & (found < np.inf)), found, 0.0)
            _refuse(found, int(asked[:, at].sum()), where, task.weight)
            weight[:, at] = _scale(found, ~np.isnan(label[:, at]), where, task.weight)
    label[weight == 0] = np.nan
    return weight


def _read(
    database: Database, asks: Asks, task: TaskSpec, column: str, where: str
) -> Float64[np.ndarray, " row"]:
    table = database.tables[task.for_each if isinstance(task, EntityTaskSpec) else task.rows]
    _check_column(database, table, column, where)
    rows = asks.rows
    if isinstance(task, EntityTaskSpec):
        key = table.rows[str(table.spec.key)]
        own = table.rows.select(own_key=key, weight=table.rows[column].cast("float64"))
        asking = rows.select("ask", "key")
        found = asking.left_join(own, asking.key == own.own_key)
    else:
        found = rows.select("ask", weight=rows[OWN + column].cast("float64"))
    read = found.select("ask", "weight").order_by("ask").to_pyarrow()
    return np.nan_to_num(_to_numpy(read["weight"]), nan=0.0, posinf=np.inf, neginf=-np.inf)


def _to_numpy(column: pa.ChunkedArray) -> np.ndarray:
    found: Any = column.combine_chunks().to_numpy(zero_copy_only=False)
    return np.asarray(found, np.float64)


def _check_column(database: Database, table: Table, column: str, where: str) -> None:
    if column not in table.types:
        raise SpecError(
            f"{where}: {table.name!r} has no column {column!r}.",
            remedy=nearest(column, table.types),
        )
    if not table.types[column].is_number:
        raise SpecError(
            f"{where}: {column!r} holds {table.types[column].kind}, not numbers.",
            remedy="Derive a number from it, derive: {NAME: EXPRESSION}, and name that.",
        )
    if table.spec.time is None:
        return
    if not availability_of(database.spec, table.name, column).is_at_row:
        raise LeakageError(
            f"{where}: {column!r} becomes known only after its row.",
            remedy="Weigh by a column that is known with the row, or leave weight out.",
        )


def _refuse(weight: Float64[np.ndarray, " row"], asked: int, where: str, column: str) -> None:
    for which, is_wrong in (("negative", weight < 0), ("infinite", np.isinf(weight))):
        if wrong := int(is_wrong.sum()):
            raise LabelError(
                f"{where}: {wrong:,} of {asked:,} rows that are asked about have a {which} weight "
                f"in {column!r}.",
                remedy="Correct the column, derive another, GREATEST(…, 0), or leave these rows out with where.",
            )


def _scale(
    weight: Float64[np.ndarray, " row"], known: Bool[np.ndarray, " row"], where: str, column: str
) -> Float64[np.ndarray, " row"]:
    counting = weight[known & (weight > 0)]
    if known.any() and not len(counting):
        raise LabelError(
            f"{where}: all {int(known.sum()):,} rows with a label have no weight in {column!r}, or weight 0.",
            remedy="Name another column, or leave weight out.",
        )
    if not len(counting):
        return weight
    scaled = weight / counting.max()  # so that no sum leaves the numbers
    return scaled / (counting / counting.max()).mean()
