"""How a numeric field is encoded: by rank, by scale, and by the values that hold many rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pyarrow as pa
from jaxtyping import Float
from typing_extensions import override

from banian.features.codecs.base import AbstractCodec
from banian.predictions import FEWEST, reach

HEAVY_VALUES = 3
"""Most values per field that get a code of their own."""
SPECIALS = 2 + HEAVY_VALUES
"""Codes of a number: 0 ordinary, 1 absent, then its heavy values."""
FEWEST_BINS, MOST_BINS = 8, 24
_ROWS_PER_BIN = 1500  # more bins overfit small tables, fewer blur steps
_HEAVY_SHARE = 0.05  # share of rows from which on a value is heavy
_KNOTS = 65
_LARGEST = 1e100  # beyond, differences and squares would overflow


@final
@dataclass(frozen=True)
class NumberCodec(AbstractCodec):
    """What a numeric field looked like on training rows; `NumberCodecs` encodes several at once.

    Source: the quantile-normal and asinh encodings follow Gorishniy et al., "On Embeddings for Numerical Features in
    Tabular Deep Learning", NeurIPS 2022, section 3; heavy values are ours.

    Args:
        heavy: values that hold at least 5 % of the rows each.
        knots: increasing values of the others, at `ranks`.
        ranks: ranks of the knots in [0, 1].
        centre: median of the others.
        scale: their interquartile range, or what stands in for it.

    """

    heavy: tuple[float, ...]
    knots: tuple[float, ...]
    ranks: tuple[float, ...]
    centre: float
    scale: float

    @override
    def update(self, values: pa.ChunkedArray) -> "NumberCodec":
        """Change nothing: with other ranks, every number that a network has learned of would mean another."""
        return self

    @override
    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "NumberCodec":
        """Read what `to_dict` gave."""
        lists = {name: tuple(tree[name]) for name in ("heavy", "knots", "ranks")}
        return cls(**lists, centre=tree["centre"], scale=tree["scale"])


def count_bins(rows: int) -> int:
    """Say into how many bins so many training rows let a number fall.

    >>> count_bins(600), count_bins(24_000), count_bins(1_000_000)
    (8, 16, 24)
    """
    return min(max(FEWEST_BINS, rows // _ROWS_PER_BIN), MOST_BINS)


def fit_number(values: Float[np.ndarray, " row"]) -> NumberCodec | None:
    """Fit a numeric field on training rows; nothing if it never varies there."""
    values = clip_finite(values)
    known = np.sort(values[~np.isnan(values)])  # the order of rows must not move a last digit
    different, counts = np.unique(known, return_counts=True)
    if len(different) < 2 and len(known) in (0, len(values)):
        return None
    order = np.argsort(-counts, kind="stable")[:HEAVY_VALUES]
    heavy = tuple(sorted(different[order][counts[order] >= _HEAVY_SHARE * len(values)].tolist()))
    others = known[~np.isin(known, heavy)]
    if len(others) == 0:
        return NumberCodec(heavy, (), (), 0.0, 1.0)
    # One mistyped number would stretch the last bin until the others in it are one, and the scale with it.
    others = _near(others)
    at = np.linspace(0.0, 1.0, _KNOTS)
    values_at = np.quantile(others, at)
    knots, first, times = np.unique(values_at, return_index=True, return_counts=True)
    ranks = at[first] + (times - 1) / (
        2 * (_KNOTS - 1)
    )  # a run of equal knots stands at its middle
    low, centre, high = np.quantile(others, (0.25, 0.5, 0.75))
    scale = float(high - low) or float(others.std()) or 1.0
    return NumberCodec(heavy, tuple(knots.tolist()), tuple(ranks.tolist()), float(centre), scale)


def _near(values: Float[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
    """Bring what lies far beyond the tail of its side to twice as far as that would reach."""
    if len(values) < FEWEST:
        return values
    centre = np.median(values)
    below, above = (2 * reach(np.maximum(sign * (values - centre), 0)) for sign in (-1, 1))
    return np.clip(values, centre - (below or np.inf), centre + (above or np.inf))


def clip_finite(values: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Take what is infinite for absent: it was divided by zero, or mistyped."""
    return np.where(np.isinf(values), np.nan, np.clip(values, -_LARGEST, _LARGEST))
