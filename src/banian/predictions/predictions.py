"""What the model says, for whom, as of when and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Float64, Shaped

from banian.errors import SpecError

_BEFORE_KEYS = (("task", pa.string()),)
_AFTER_KEYS = (
    ("cutoff", pa.timestamp("us")),
    ("scene", pa.string()),
    ("value", pa.float64()),
    ("lower", pa.float64()),
    ("upper", pa.float64()),
)
LABEL = "label"
"""The column beside test predictions that holds the truth."""
_FIXED = (*(name for name, _ in _BEFORE_KEYS + _AFTER_KEYS), LABEL)


@final
@dataclass(frozen=True, eq=False)
class Predictions:
    """One task's predictions, a row each.

    Units: a probability for binary tasks, else the label's own unit.
    Raises: SpecError where a key column has the name of a column of the prediction itself.

    >>> said = Predictions(
    ...     "returned",
    ...     keys=pa.table({"line_id": [7]}),
    ...     cutoff=np.array(["2011-12-01"], dtype="datetime64[us]"),
    ...     scene=pa.array(["web"]),
    ...     value=np.array([0.25]),
    ... )
    >>> said.to_arrow().select(["task", "line_id", "value", "lower"]).to_pylist()
    [{'task': 'returned', 'line_id': 7, 'value': 0.25, 'lower': None}]
    """

    task: str
    keys: pa.Table
    """The columns that say for whom."""
    cutoff: Shaped[np.ndarray, " row"]
    """As of when, datetime64[us]; NaT where the table is static."""
    scene: pa.Array
    """Place of use, a string or null."""
    value: Float64[np.ndarray, " row"]
    """The prediction, calibrated."""
    lower: Float64[np.ndarray, " row"] | None = None
    """Lower end of its interval; null until the tower gives one."""
    upper: Float64[np.ndarray, " row"] | None = None
    """Upper end of its interval; null until the tower gives one."""

    def __post_init__(self) -> None:
        check_key_names(self.task, self.keys.column_names)

    def __len__(self) -> int:
        return len(self.value)

    def to_arrow(self) -> pa.Table:
        """Lay out as a table: task, the key columns, cutoff, scene, value, lower, upper."""
        absent = pa.nulls(len(self), pa.float64())
        columns = [
            pa.repeat(pa.scalar(self.task, pa.string()), len(self)),
            *self.keys.columns,
            pa.array(self.cutoff, pa.timestamp("us")),
            self.scene,
            pa.array(self.value),
            absent if self.lower is None else pa.array(self.lower),
            absent if self.upper is None else pa.array(self.upper),
        ]
        return pa.table(columns, schema=_schema(self.keys.schema))


def check_key_names(task: str, names: Sequence[str]) -> None:
    """Refuse key columns that have the name of a column of the prediction itself.

    Raises: SpecError which says how to rename them; call it before training, not after.

    >>> check_key_names("spend", ["customer_id"])
    """
    taken = [name for name in names if name in _FIXED]
    if taken:
        raise SpecError(
            f"The key column {taken[0]!r} of task {task!r} has the name of a column that "
            f"predictions have anyway ({', '.join(_FIXED)}).",
            remedy=f"Copy it in the table, derive: {{{taken[0]}_key: {taken[0]}}}, "
            f"and use {taken[0]}_key as key and in links.",
        )


def stack_predictions(predictions: Sequence[Predictions]) -> pa.Table:
    """Put the predictions of several tasks into one table.

    A key column that a task lacks is null in its rows. One that has different types in different
    tasks becomes a string in all of them: no number type holds both 7 and "A7".

    >>> at, nowhere = np.array(["NaT"], dtype="datetime64[us]"), pa.array([None], pa.string())
    >>> lines, shops = pa.table({"line_id": [7]}), pa.table({"shop_id": ["A"]})
    >>> table = stack_predictions([
    ...     Predictions("returned", lines, at, nowhere, np.array([0.25])),
    ...     Predictions("sales", shops, at, nowhere, np.array([12.0])),
    ... ])
    >>> table.column_names
    ['task', 'line_id', 'shop_id', 'cutoff', 'scene', 'value', 'lower', 'upper']
    >>> table["shop_id"].to_pylist()
    [None, 'A']
    """
    types: dict[str, pa.DataType] = {}
    for each in predictions:
        for field in each.keys.schema:
            known = types.setdefault(field.name, field.type)
            types[field.name] = field.type if known == field.type else pa.string()
    schema = _schema(pa.schema(list(types.items())))
    tables = [each.to_arrow() for each in predictions]
    return pa.concat_tables([_conform(table, schema) for table in tables] or [schema.empty_table()])


def _schema(keys: pa.Schema) -> pa.Schema:
    return pa.schema([*_BEFORE_KEYS, *keys.remove_metadata(), *_AFTER_KEYS])


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
