"""The predictions of one task as a table: for whom, as of when, where, and what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float64, Int64, Shaped

from banian.errors import SpecError

CHOICES = pa.list_(pa.struct([("name", pa.string()), ("value", pa.float64())]))
"""Names of classes, items or treatments, the best first, and what speaks for each."""
_BEFORE_KEYS = (("task", pa.string()),)
_AFTER_KEYS = (
    ("cutoff", pa.timestamp("us")),
    ("scene", pa.string()),
    ("value", pa.float64()),
    ("mean", pa.float64()),
    ("lower", pa.float64()),
    ("upper", pa.float64()),
    ("choice", pa.string()),
    ("choices", CHOICES),
)
LABEL, ANSWERS, LIKELIHOOD = "label", "answers", "likelihood"
"""The columns beside test predictions that hold the truth: as a number, by name, and how probable it was said to be."""
WEIGHT = "row_weight"
"""The column beside test predictions that says how much rows count, where tasks have weights; 1 on average."""
PREDICTED = (*(name for name, _ in _BEFORE_KEYS + _AFTER_KEYS), LABEL, ANSWERS, LIKELIHOOD, WEIGHT)
"""The names of the columns that predictions have beside keys."""


@final
@dataclass(frozen=True, eq=False)
class Predictions:
    """One task's predictions, a row each.

    Units: a probability for binary tasks, classes and items, else the label's own unit.
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
    """Lower end of its interval; null where there is none."""
    upper: Float64[np.ndarray, " row"] | None = None
    """Upper end of its interval; null where there is none."""
    choices: pa.Array | None = None
    """Classes, items or treatments by name, the best first, a `CHOICES` per row; null where there is nothing to
    choose."""
    mean: Float64[np.ndarray, " row"] | None = None
    """The mean of a number, which adds up over rows; null where there is none."""

    def __post_init__(self) -> None:
        check_key_names(self.task, self.keys.column_names)

    def __len__(self) -> int:
        return len(self.value)

    def take(self, rows: Int64[np.ndarray, " chosen"]) -> "Predictions":
        """Select rows."""
        at = pa.array(rows)
        return Predictions(
            self.task,
            keys=self.keys.take(at),
            cutoff=self.cutoff[rows],
            scene=self.scene.take(at),
            value=self.value[rows],
            lower=None if self.lower is None else self.lower[rows],
            upper=None if self.upper is None else self.upper[rows],
            choices=None if self.choices is None else self.choices.take(at),
            mean=None if self.mean is None else self.mean[rows],
        )

    def to_arrow(self) -> pa.Table:
        """Lay out as a table: task, the key columns, cutoff, scene, value, mean, lower, upper, choice, choices."""
        absent = pa.nulls(len(self), pa.float64())
        choices = pa.nulls(len(self), CHOICES) if self.choices is None else self.choices
        columns = [
            pa.repeat(pa.scalar(self.task, pa.string()), len(self)),
            *self.keys.columns,
            pa.array(self.cutoff, pa.timestamp("us")),
            self.scene,
            pa.array(self.value),
            absent if self.mean is None else pa.array(self.mean),
            absent if self.lower is None else pa.array(self.lower),
            absent if self.upper is None else pa.array(self.upper),
            _first(choices),
            choices,
        ]
        return pa.table(columns, schema=_schema(self.keys.schema))


def chain_predictions(parts: Sequence[Predictions]) -> Predictions:
    """Put the predictions of one task for several parts of its rows together; there is at least one part."""
    first, *rest = parts
    if not rest:
        return first
    lower = [part.lower for part in parts if part.lower is not None]
    upper = [part.upper for part in parts if part.upper is not None]
    choices = [part.choices for part in parts if part.choices is not None]
    mean = [part.mean for part in parts if part.mean is not None]
    return Predictions(
        task=first.task,
        keys=pa.concat_tables([part.keys for part in parts]),
        cutoff=np.concatenate([part.cutoff for part in parts]),
        scene=pa.concat_arrays([part.scene for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        lower=np.concatenate(lower) if lower else None,
        upper=np.concatenate(upper) if upper else None,
        choices=pa.concat_arrays(choices) if choices else None,
        mean=np.concatenate(mean) if mean else None,
    )


def _first(choices: pa.Array) -> pa.Array:
    if choices.null_count == len(choices):
        return pa.nulls(len(choices), pa.string())
    is_there = pc.fill_null(pc.greater(pc.list_value_length(choices), 0), False)
    first = choices.filter(is_there)
    place = pa.array(np.where(is_there, np.cumsum(is_there) - 1, 0), mask=~np.asarray(is_there))
    return pc.struct_field(pc.list_element(first, 0), "name").take(place)


def check_key_names(task: str, names: Sequence[str]) -> None:
    """Refuse key columns that have the name of a column of the prediction itself.

    Raises: SpecError which says how to rename them; call it before training, not after.

    >>> check_key_names("spend", ["customer_id"])
    """
    taken = [name for name in names if name in PREDICTED]
    if taken:
        raise SpecError(
            f"The key column {taken[0]!r} of task {task!r} has the name of a column that "
            f"predictions have anyway ({', '.join(PREDICTED)}).",
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
    ['task', 'line_id', 'shop_id', 'cutoff', 'scene', 'value', 'mean', 'lower', 'upper', 'choice', 'choices']
    >>> table["shop_id"].to_pylist()
    [None, 'A']
    """
    tables = [each.to_arrow() for each in predictions]
    if tables and all(table.schema == tables[0].schema for table in tables):
        return pa.concat_tables(tables)
    schema = join_schemas([table.schema for table in tables])
    return pa.concat_tables([conform(table, schema) for table in tables] or [schema.empty_table()])


def join_schemas(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """Give the schema of one table of the predictions of several tasks from the schemas of each."""
    types: dict[str, pa.DataType] = {}
    for schema in schemas:
        for field in schema:
            if field.name not in PREDICTED:
                known = types.setdefault(field.name, field.type)
                types[field.name] = field.type if known == field.type else pa.string()
    return _schema(pa.schema(list(types.items())))


def _schema(keys: pa.Schema) -> pa.Schema:
    return pa.schema([*_BEFORE_KEYS, *keys.remove_metadata(), *_AFTER_KEYS])


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give predictions of one task the columns of several: keys that it lacks are null."""
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
