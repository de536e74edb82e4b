"""Asks as they come: rows of whatever holds some."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, final

import numpy as np
import pyarrow as pa

from banian.errors import AskError

_INDEX = re.compile(r"__index_level_\d+__")


@final
@dataclass(frozen=True)
class AskRows:
    """Rows as they were given.

    Args:
        columns: column → its values; None where a row says nothing.
        count: how many rows there are.

    """

    columns: Mapping[str, Sequence[Any]]
    count: int

    @classmethod
    def of(cls, asks: Any) -> "AskRows":  # noqa: ANN401
        """Read rows from one mapping, several, an Arrow table, or what gives one.

        Raises:
            AskError: it holds no rows, or its columns have no names of their own.

        """
        if isinstance(asks, AskRows):
            return asks
        if isinstance(asks, Mapping):
            asks = [asks]
        if isinstance(asks, Sequence) and not isinstance(asks, str | bytes):
            for place, ask in enumerate(asks):
                if not isinstance(ask, Mapping):
                    raise AskError(
                        f"ask {place} is {type(ask).__name__}, not columns with values.",
                        remedy="Write {'task': TASK, KEY: VALUE, …}.",
                    )
            names = dict.fromkeys(name for ask in asks for name in ask)
            for name in names:
                if not isinstance(name, str):
                    raise AskError(
                        f"a column of the asks is called {name!r}, which is no text.",
                        remedy="Name columns as the tables do.",
                    )
            return cls({name: [ask.get(name) for ask in asks] for name in names}, len(asks))
        _refuse_twice(list(getattr(asks, "columns", ())) if hasattr(asks, "dtypes") else [])
        try:
            table = asks if isinstance(asks, pa.Table) else pa.table(asks)
        except (TypeError, ValueError, pa.ArrowException):
            raise AskError(
                f"{type(asks).__name__} holds no asks.",
                remedy="Give a list of {'task': TASK, KEY: VALUE, …}, an Arrow table, or a DataFrame.",
            ) from None
        _refuse_twice(table.column_names)
        unnamed = [name for name in table.column_names if _INDEX.fullmatch(name)]
        table = table.drop_columns(unnamed)  # what pandas calls an index without a name
        return cls({n: table[n].to_pylist() for n in table.column_names}, len(table))

    def get(self, column: str, place: int) -> Any:  # noqa: ANN401
        """Give what a row says in a column; None where that is nothing."""
        values = self.columns.get(column)
        value = None if values is None else values[place]
        return None if is_nothing(value) else value

    def said(self, column: str) -> Sequence[Any]:
        """Give what all rows say in a column; None where that is nothing."""
        values = self.columns.get(column)
        if values is None:
            return [None] * self.count
        return [None if is_nothing(value) else value for value in values]

    def take(self, column: str, places: Sequence[int]) -> list[Any]:
        """Give a column of some rows."""
        values = self.columns[column]
        return [values[place] for place in places]


def is_nothing(value: Any) -> bool:  # noqa: ANN401
    """Say whether a value stands for none: None, "", NaN, NaT, or what pandas writes for one that is missing.

    >>> is_nothing(float("nan")), is_nothing(0), is_nothing([])
    (True, False, False)
    """
    if value is None or isinstance(value, str | bool):
        return value is None or value == ""
    if isinstance(value, Decimal):
        return value.is_nan()  # one that signals cannot be compared
    differs = value != value
    if isinstance(differs, bool | np.bool_):
        return bool(differs)
    return differs is value  # pandas' NA compares as NA


def _refuse_twice(names: Sequence[Any]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise AskError(f"The asks have two columns {name!r}.", remedy="Rename or drop one.")
