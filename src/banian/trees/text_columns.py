"""A column of text as few numbers, which trees can split.

Source: Deerwester et al., "Indexing by Latent Semantic Analysis", Journal of the American Society for Information
Science 41, 1990.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float32
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from banian.features.codecs import TextCodec, fit_text

COMPONENTS = 32
"""Numbers that a text becomes, at most."""
_MOST_NGRAMS = 20_000
_MOST_TEXTS = 20_000
"""Different texts of which the components are computed; more change them little."""


@final
@dataclass(frozen=True, eq=False)
class TextColumns:
    """The directions in which texts of training rows differ most.

    Args:
        codec: how texts become weighted n-grams.
        directions: by which these are multiplied.

    """

    codec: TextCodec
    directions: Float32[np.ndarray, "ngram component"]

    @property
    def width(self) -> int:
        """How many numbers a text becomes."""
        return self.directions.shape[1]

    def project(self, column: pa.ChunkedArray) -> Float32[np.ndarray, "row component"]:
        """Give the numbers of each row's text; NaN where there is none."""
        coded = column.cast(pa.large_string()).combine_chunks().dictionary_encode()
        found = np.vstack([_bags(self.codec, coded.dictionary) @ self.directions, _nan(self.width)])
        return found[pc.fill_null(coded.indices, -1).to_numpy()].astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Give what is no array."""
        return {"buckets": self.codec.buckets, "texts": self.codec.texts}

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the arrays by name."""
        codec = self.codec
        return {"known": codec.known, "counts": codec.counts, "directions": self.directions}

    @classmethod
    def from_parts(cls, tree: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> "TextColumns":
        """Put together what `to_dict` and `arrays` gave."""
        codec = TextCodec(tree["buckets"], tree["texts"], arrays["known"], arrays["counts"])
        return cls(codec, arrays["directions"])


def fit_text_columns(
    column: pa.ChunkedArray, chosen: Bool[np.ndarray, " row"]
) -> TextColumns | None:
    """Find the directions on the texts of chosen rows; nothing where they are alike or share no n-gram."""
    texts = column.filter(pa.array(chosen)).drop_null().cast(pa.large_string()).unique()
    codec = fit_text(pa.chunked_array([texts]), most=_MOST_NGRAMS)
    if codec is None:
        return None
    draw = np.random.default_rng(0)
    if len(texts) > _MOST_TEXTS:
        texts = texts.take(pa.array(np.sort(draw.permutation(len(texts))[:_MOST_TEXTS])))
    bags = _bags(codec, texts).astype(np.float64)
    many = min(COMPONENTS, min(bags.shape) - 1)
    if many < 1:
        return None
    _, sizes, directions = svds(bags, k=many, v0=draw.standard_normal(min(bags.shape)))
    order = np.argsort(-sizes)
    chosen_rows = directions[order[sizes[order] > 1e-6 * max(sizes.max(), 1e-12)]]
    signs = np.sign(chosen_rows[np.arange(len(chosen_rows)), np.abs(chosen_rows).argmax(axis=1)])
    return TextColumns(codec, (chosen_rows * signs[:, None]).T.astype(np.float32))


def _bags(codec: TextCodec, texts: pa.Array) -> csr_array:
    found = codec.encode(texts)
    shape = (len(texts), codec.size)
    return csr_array((found.weights, found.buckets, found.starts), shape=shape)


def _nan(width: int) -> Float32[np.ndarray, "1 component"]:
    return np.full((1, width), np.nan, np.float32)
