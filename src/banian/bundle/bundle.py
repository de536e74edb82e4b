"""A fitted model with everything that it takes to answer from raw tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from banian.batches import FeatureState
from banian.models import Grain, Model
from banian.predictions import AbstractCalibration
from banian.spec import ShopSpec
from banian.tables import ColumnType


@final
@dataclass(frozen=True)
class Bundle:
    """What `fit` leaves behind and `predict` needs."""

    spec: ShopSpec
    types: Mapping[str, Mapping[str, ColumnType]]
    """Table → column → type: new data are read as the training data were."""
    features: FeatureState
    grains: Mapping[str, Grain]
    """Grain → its entities and tasks."""
    model: Model
    calibrations: Mapping[str, AbstractCalibration]
    """Task → its calibration."""
    card: Mapping[str, Any]
    """For people: span of the data, labels, scores with intervals, versions."""
