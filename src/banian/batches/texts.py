"""From the columns of texts to the part of a block: each different text is encoded once."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from jaxtyping import Bool, Int64

from banian.batches.ngrams import NgramPool
from banian.batches.parts import TextPart
from banian.features import EntityFeatures
from banian.features.codecs import TextCodec


def encode_texts(
    fields: Mapping[str, TextCodec],
    features: EntityFeatures,
    chosen: Int64[np.ndarray, " chosen"] | None,
) -> TextPart:
    """Encode each field of text of an entity from its column; one without a column is missing in all rows."""
    present = features.present if chosen is None else features.present[chosen]
    there = set(features.columns.column_names)
    values, pools = np.zeros((len(present), len(fields)), np.int32), []
    for at, (name, codec) in enumerate(fields.items()):
        texts = pa.array([], pa.string())
        if name in there:
            column = features.columns[name]
            column = column if chosen is None else column.take(pa.array(chosen))
            texts, places = _distinct(column, present)
            values[:, at] = places + 1
        found = codec.encode(texts)
        pools.append(
            NgramPool(*map(torch.from_numpy, (found.starts, found.buckets, found.weights)))
        )
    return TextPart(torch.from_numpy(values), tuple(pools))


def _distinct(
    column: pa.ChunkedArray, present: Bool[np.ndarray, " row"]
) -> tuple[pa.Array, Int64[np.ndarray, " row"]]:
    """Give the different texts of rows that have the entity, and the place of each row's; −1 where there is none."""
    told = pc.if_else(pa.array(present), column, None).cast(pa.large_string())
    coded = pa.chunked_array([told] if isinstance(told, pa.Array) else told.chunks, told.type)
    coded = coded.combine_chunks().dictionary_encode()
    return coded.dictionary, pc.fill_null(coded.indices, -1).to_numpy().astype(np.int64)
