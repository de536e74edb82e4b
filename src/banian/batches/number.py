"""How a numeric field is encoded: by rank, by scale, and by the values that hold many rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Bool, Float, Int8, Int64

from banian.predictions import FEWEST, reach

HEAVY_VALUES = 3
"""Most values per field that get a code of their own."""
SPECIALS = 2 + HEAVY_VALUES
"""Codes of `special`: ordinary, absent, heavy values."""
FEWEST_BINS, MOST_BINS = 8, 24
_ROWS_PER_BIN = 1500  # more bins overfit small tables, fewer blur steps
_HEAVY_SHARE = 0.05  # share of rows from which on a value is heavy
_KNOTS = 65
_TAIL = 1e-3  # ranks nearer to 0 or 1 get the same normal score
_CLIP = 6.0
_LARGEST = 1e100  # beyond, differences and squares would overflow
_CELLS_AT_ONCE = 1 << 18  # numbers on their way through memory that stay near the processor


@final
@dataclass(frozen=True)
class NumberState:
    """What a numeric field looked like on training rows.

    Source: the quantile-normal and asinh encodings follow Gorishniy et al., "On Embeddings for Numerical Features in
    Tabular Deep Learning", NeurIPS 2022, section 3; heavy values are ours.
    """

    heavy: tuple[float, ...]
    """Values that hold at least 5 % of the rows each."""
    knots: tuple[float, ...]
    """Increasing values of the others, at `ranks`."""
    ranks: tuple[float, ...]
    """Ranks of the knots in [0, 1]."""
    centre: float
    """Median of the others."""
    scale: float
    """Their interquartile range, or what stands in for it."""

    @classmethod
    def from_dict(cls, tree: dict[str, Any]) -> "NumberState":
        """Read what `to_dict` gave."""
        lists = {name: tuple(tree[name]) for name in ("heavy", "knots", "ranks")}
        return cls(**lists, centre=tree["centre"], scale=tree["scale"])

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return dict(vars(self))


def count_bins(rows: int) -> int:
    """Say into how many bins so many training rows let a number fall.

    >>> count_bins(600), count_bins(24_000), count_bins(1_000_000)
    (8, 16, 24)
    """
    return min(max(FEWEST_BINS, rows // _ROWS_PER_BIN), MOST_BINS)


def fit_number(values: Float[np.ndarray, " row"]) -> NumberState | None:
    """Fit a numeric field on training rows; nothing if it never varies there."""
    values = _finite(values)
    known = np.sort(values[~np.isnan(values)])  # the order of rows must not move a last digit
    different, counts = np.unique(known, return_counts=True)
    if len(different) < 2 and len(known) in (0, len(values)):
        return None
    order = np.argsort(-counts, kind="stable")[:HEAVY_VALUES]
    heavy = tuple(sorted(different[order][counts[order] >= _HEAVY_SHARE * len(values)].tolist()))
    others = known[~np.isin(known, heavy)]
    if len(others) == 0:
        return NumberState(heavy, (), (), 0.0, 1.0)
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
    return NumberState(heavy, tuple(knots.tolist()), tuple(ranks.tolist()), float(centre), scale)


@final
class NumberFields:
    """The numeric fields of an entity side by side, so that all of them are encoded at once."""

    def __init__(self, states: Mapping[str, NumberState]) -> None:
        """Lay out what encoding needs.

        `states` maps each field, in the order of its place, to what it looked like.
        """
        self._states = dict(states)
        self._knots = [np.array(state.knots) for state in states.values()]
        self._ranks = [np.array(state.ranks) for state in states.values()]
        self._centre = np.array([state.centre for state in states.values()])
        self._scale = np.array([state.scale for state in states.values()])
        self._heavy = np.full((HEAVY_VALUES, len(states)), np.nan)
        for at, state in enumerate(states.values()):
            self._heavy[: len(state.heavy), at] = state.heavy

    def encode(
        self, columns: pa.Table, *, rows: int
    ) -> tuple[Float[np.ndarray, "row field 3"], Int8[np.ndarray, "row field"]]:
        """Encode each field into rank, normal score and scaled value, and the code of special values.

        A field without a column is absent from all of so many rows, and so are all where `columns` has no rows.
        """
        numeric = np.zeros((rows, len(self._states), 3), np.float32)
        special = np.ones((rows, len(self._states)), np.int8)  # 1: absent, unless found below
        place = {name: at for at, name in enumerate(columns.column_names)}
        fields = np.array([at for at, name in enumerate(self._states) if name in place], np.int64)
        if not len(fields):
            return numeric, special
        chosen = columns.select([place[name] for name in self._states if name in place])
        start = 0
        for part in chosen.to_batches(max_chunksize=max(1, _CELLS_AT_ONCE // len(fields))):
            values = part.to_tensor(null_to_nan=True, row_major=False).to_numpy().T
            stop = start + part.num_rows
            found, codes = self._encode(fields, values)
            numeric[start:stop, fields] = found.transpose(1, 0, 2)
            special[start:stop, fields] = codes.T
            start = stop
        return numeric, special

    def _encode(
        self, fields: Int64[np.ndarray, " field"], values: Float[np.ndarray, "field row"]
    ) -> tuple[Float[np.ndarray, "field row 3"], Int8[np.ndarray, "field row"]]:
        values = _finite(values)
        special = np.zeros(values.shape, np.int8)
        for code, heavy in enumerate(self._heavy[:, fields], start=2):
            special[values == heavy[:, None]] = code
        special[np.isnan(values)] = 1
        ordinary: Bool[np.ndarray, "field row"] = special == 0
        ranks = np.full(values.shape, 0.5)
        for at in np.flatnonzero(ordinary.any(axis=1)):
            if len(knots := self._knots[fields[at]]):
                ranks[at] = np.interp(values[at], knots, self._ranks[fields[at]])
        numbers = np.zeros((*values.shape, 3), np.float32)
        x, rank, field = values[ordinary], ranks[ordinary], fields[np.nonzero(ordinary)[0]]
        numbers[ordinary, 0] = rank
        clipped = torch.from_numpy(np.clip(rank, _TAIL, 1 - _TAIL))
        numbers[ordinary, 1] = torch.special.ndtri(clipped).numpy()
        scaled = np.arcsinh((x - self._centre[field]) / self._scale[field])
        numbers[ordinary, 2] = np.clip(scaled, -_CLIP, _CLIP)
        return numbers, special


def _near(values: Float[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
    """Bring what lies far beyond the tail of its side to twice as far as that would reach."""
    if len(values) < FEWEST:
        return values
    centre = np.median(values)
    below, above = (2 * reach(np.maximum(sign * (values - centre), 0)) for sign in (-1, 1))
    return np.clip(values, centre - (below or np.inf), centre + (above or np.inf))


def _finite(values: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Take what is infinite for absent: it was divided by zero, or mistyped."""
    return np.where(np.isinf(values), np.nan, np.clip(values, -_LARGEST, _LARGEST))
