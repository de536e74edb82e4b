"""From the columns of training rows, or of the events that they see, to what encoding remembers of them."""

from collections.abc import Mapping

import pyarrow as pa

from banian.batches.buckets import Buckets
from banian.batches.categories import Categories
from banian.batches.number import NumberState, fit_number
from banian.batches.vocabulary import FEWEST_ROWS, fit_vocabulary


def fit_columns(
    columns: Mapping[str, list[pa.ChunkedArray]], hashed: Mapping[str, int]
) -> tuple[dict[str, NumberState], dict[str, Categories]]:
    """Fit every column on its parts; `hashed` says into how many buckets some are to fall."""
    numbers: dict[str, NumberState] = {}
    categories: dict[str, Categories] = {}
    for name, parts in sorted(columns.items()):
        values = chain(parts)
        if pa.types.is_floating(values.type):
            number = fit_number(values.to_numpy())
            if number is not None:
                numbers[name] = number
        else:
            found = fit_categories(values, hashed.get(name))
            if found is not None:
                categories[name] = found
    return numbers, categories


def fit_categories(
    values: pa.ChunkedArray, buckets: int | None, *, fewest: int = FEWEST_ROWS
) -> Categories | None:
    """Fit a categorical field; nothing where no value is there often enough."""
    if buckets is not None:
        return Buckets(buckets) if values.null_count < len(values) else None
    vocabulary = fit_vocabulary(values, fewest=fewest)
    return vocabulary if vocabulary.values else None


def chain(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Put the parts of a column one behind the other."""
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
