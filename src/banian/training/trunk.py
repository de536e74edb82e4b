"""What a run starts from that does not start anew."""

from dataclasses import dataclass
from typing import final

from banian.batches import FeatureState
from banian.models import Model


@final
@dataclass(frozen=True)
class Trunk:
    """A fitted model and what its features looked like."""

    features: FeatureState
    model: Model
