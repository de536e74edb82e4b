"""From the columns of training rows, or of the events that they see, to a codec for each."""

from collections.abc import Mapping

import pyarrow as pa

from banian.features.codecs.base import AbstractCategories
from banian.features.codecs.buckets import Buckets
from banian.features.codecs.number import NumberCodec, fit_number
from banian.features.codecs.vocabulary import FEWEST_ROWS, fit_vocabulary


def fit_columns(
    columns: Mapping[str, list[pa.ChunkedArray]], hashed: Mapping[str, int]
) -> tuple[dict[str, NumberCodec], dict[str, AbstractCategories]]:
    """Fit a codec for every column that says something: of numbers, truths and ages, and of all that is text.

    `columns` are float64 or text, in parts; `hashed` says into how many buckets some are to fall. A column of
    sentences (semantic type `text`) is encoded as a category.
    """
    numbers: dict[str, NumberCodec] = {}
    categories: dict[str, AbstractCategories] = {}
    for name, parts in sorted(columns.items()):
        values = chain_chunks(parts)
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
    values: pa.ChunkedArray,
    buckets: int | None,
    *,
    fewest: int = FEWEST_ROWS,
    most: int | None = None,
) -> AbstractCategories | None:
    """Fit a column of names; nothing where no value is there often enough.

    Ids are such a column as well: known are those that `fewest` rows carry, of these the `most` frequent ones.
    """
    if buckets is not None:
        return Buckets(buckets) if values.null_count < len(values) else None
    vocabulary = fit_vocabulary(values, fewest=fewest, most=most)
    return vocabulary if len(vocabulary.values) else None


def chain_chunks(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Put the parts of a column one behind the other."""
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
