"""Which labels train, select, calibrate and judge.

Selection trains on labels that matured before the validation cutoff and selects on those that matured before the test
cutoff. The refit trains on everything that matured before the test cutoff, less the rows kept for calibration.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal, assert_never, final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float

from banian.examples.examples import GrainExamples
from banian.spec import IdSplitSpec, SplitSpec, TimeSplitSpec

_KEPT_FOR_CALIBRATION = 0.1


@final
@dataclass(frozen=True)
class Roles:
    """Per row and task, what a label may be used for."""

    select: Bool[np.ndarray, "row task"]
    """Trains while epochs are selected."""
    valid: Bool[np.ndarray, "row task"]
    """Selects."""
    refit: Bool[np.ndarray, "row task"]
    """Trains the model that is kept."""
    calibration: Bool[np.ndarray, "row task"]
    """Calibrates it."""
    test: Bool[np.ndarray, "row task"]
    """Judges it."""


def assign_roles(rows: GrainExamples, split: SplitSpec, *, calibrate: bool) -> Roles:
    """Assign every known label of a grain; `calibrate` keeps a tenth of the clusters out of the refit."""
    known = rows.mask
    match split:
        case TimeSplitSpec():
            valid_at, test_at = np.datetime64(split.valid, "us"), np.datetime64(split.test, "us")
            asked = rows.cutoff[:, None]
            select = known & (asked < valid_at) & (rows.matured_at <= valid_at)
            early = known & (asked < test_at) & (rows.matured_at <= test_at)
            valid = early & (asked >= valid_at)
            test = known & (asked >= test_at)
        case IdSplitSpec():
            share = shares(rows.clusters, "split")[rows.cluster][:, None]
            test = known & (share < split.test)
            valid = known & ~test & (share < split.test + split.valid)
            select = known & ~test & ~valid
            early = select | valid
        case _:
            assert_never(split)
    kept = shares(rows.clusters, "calibration")[rows.cluster] < _KEPT_FOR_CALIBRATION
    kept = (kept & calibrate)[:, None]
    return Roles(select, valid, early & ~kept, early & kept, test)


def lies_before(
    rows: GrainExamples, split: SplitSpec, cutoff: Literal["valid", "test"]
) -> Bool[np.ndarray, " row"]:
    """Say which rows may be looked at before a cutoff, whatever is known of their labels."""
    match split:
        case TimeSplitSpec():
            return rows.cutoff < np.datetime64(getattr(split, cutoff), "us")
        case IdSplitSpec():
            share = shares(rows.clusters, "split")[rows.cluster]
            return share >= split.test + (split.valid if cutoff == "valid" else 0)
        case _:
            assert_never(split)


def shares(keys: pa.Array, purpose: str) -> Float[np.ndarray, " key"]:
    """Give each key a number in [0, 1) by hash: the same in every run, machine and order of rows.

    >>> shares(pa.array(["a", "b"]), "split").round(3).tolist()
    [0.497, 0.931]
    """
    salt = purpose.encode()[:16]
    digests = b"".join(
        hashlib.blake2b(str(key).encode(), digest_size=8, salt=salt).digest()
        for key in keys.to_pylist()
    )
    return (np.frombuffer(digests, ">u8") >> np.uint64(11)) / float(2**53)
