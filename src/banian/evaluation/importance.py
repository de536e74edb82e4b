"""Permutation importance: how much a task's metric gets worse when one raw column is taken from other rows.

Source: Breiman, "Random Forests", Machine Learning 45, 2001, section 10; Fisher, Rudin and Dominici, Journal of Machine
Learning Research 20, 2019 (any model; columns that say the same are each worth less).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float64

from banian.spec import Metric

_LEAST = 1e-12  # what is less has no share: a division by it could leave the numbers


@final
@dataclass(frozen=True)
class ColumnImportance:
    """How much a task's metric gets worse when all features made from a raw column are taken from other rows."""

    table: str
    column: str | None
    """None where the rows of a table without time were counted."""
    fall: float
    """By how much the metric gets worse, in its own unit: the mean over draws of rows; below 0 is chance."""
    interval: tuple[float, float]
    """The least and the greatest over draws."""
    share: float | None
    """The fall as a share of what the model has over the constant; None where it has nothing."""

    @classmethod
    def of(
        cls,
        table: str,
        column: str | None,
        falls: Float64[np.ndarray, " permutation"],
        skill: float,
    ) -> "ColumnImportance":
        """Average the falls of several permutations; `skill` is how much better than the constant the model is.

        >>> ColumnImportance.of("orders", "price", np.array([1.0, 2.0, 3.0]), 4.0).share
        0.5
        """
        fall = float(falls.mean())
        ends = float(falls.min()), float(falls.max())
        return cls(table, column, fall, ends, fall / skill if skill > _LEAST else None)

    @property
    def name(self) -> str:
        """Write it as table.column."""
        return self.table if self.column is None else f"{self.table}.{self.column}"


@final
@dataclass(frozen=True)
class TaskImportance:
    """The importance of raw columns for a task's predictions on test rows, one column permuted at a time."""

    metric: Metric
    value: float
    """The metric on these rows as they are, the mean over draws."""
    constant: float
    """The metric of saying the same for every row."""
    rows: int
    """Test rows that were drawn, each counted once."""
    permutations: int
    """Draws of rows, each permuted once."""
    columns: tuple[ColumnImportance, ...]
    """The greatest fall first."""
    others: int = 0
    """Columns that were not measured, as the predictions change less with them."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "TaskImportance":
        """Read what `to_dict` gave, also after JSON."""
        columns = tuple(
            ColumnImportance(**(one | {"interval": tuple(one["interval"])}))
            for one in tree["columns"]
        )
        return cls(**(dict(tree) | {"columns": columns}))
