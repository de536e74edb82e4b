"""The fitted network that a run starts from (`train.start_from`) instead of starting anew."""

from dataclasses import dataclass
from typing import final

from banian.batches import FeatureState
from banian.models import Model


@final
@dataclass(frozen=True)
class WarmStart:
    """A fitted model and what its features looked like."""

    features: FeatureState
    """How rows are encoded for it."""
    model: Model
    """Its first member."""
