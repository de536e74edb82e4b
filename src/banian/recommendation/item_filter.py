"""What columns of items must be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool

from banian.errors import AskError, nearest


@final
@dataclass(frozen=True)
class ItemFilter:
    """A condition on one column.

    Args:
        among: the values that it may have; any where none are given.
        least: the least number that it may be; none where it is left out.
        most: the greatest.

    """

    among: tuple[Any, ...] | None = None
    least: float | None = None
    most: float | None = None


def filter_items(items: pa.Table, filters: Mapping[str, ItemFilter]) -> Bool[np.ndarray, " item"]:
    """Say which items pass all filters; one whose value is not known passes none.

    Raises:
        AskError: items have no such column, or numbers are asked of a column that has none.

    """
    kept = np.ones(len(items), bool)
    for name, one in filters.items():
        if name not in items.column_names:
            raise AskError(
                f"Items have no column {name!r}.", remedy=nearest(name, items.column_names)
            )
        column = items[name].combine_chunks()
        if one.among is not None:
            kept &= _is_among(column, one.among)
        if one.least is not None or one.most is not None:
            if not _is_number(column.type):
                raise AskError(
                    f"{name} holds no numbers, so nothing is more or less.",
                    remedy=f"Name the values that {name} may have.",
                )
            value = column.cast(pa.float64(), safe=False)
            bounds = ((pc.greater_equal, one.least), (pc.less_equal, one.most))
            for compare, bound in bounds:
                if bound is not None:
                    kept &= np.asarray(compare(value, float(bound)).fill_null(False))
    return kept


def _is_among(column: pa.Array, values: Sequence[Any]) -> Bool[np.ndarray, " item"]:
    """Compare as the column holds its values: 3 and "3" name the same, and a truth is a truth."""
    if pa.types.is_boolean(column.type):
        truths = [bool(value) for value in values if isinstance(value, bool | int)]
        found = pc.is_in(column, pa.array(truths, pa.bool_()))
    elif _is_number(column.type):
        numbers = [_number(value) for value in values]
        wanted = [value for value in numbers if value is not None]
        found = pc.is_in(column.cast(pa.float64(), safe=False), pa.array(wanted, pa.float64()))
    else:
        texts = [str(value) for value in values if value is not None]
        found = pc.is_in(column.cast(pa.string()), pa.array(texts, pa.string()))
    return np.asarray(pc.and_(found, column.is_valid()))


def _number(value: Any) -> float | None:  # noqa: ANN401
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
