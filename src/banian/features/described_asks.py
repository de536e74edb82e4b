"""What asks say of their own rows, and when they are asked, as features."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float64

from banian.features.feature import Feature
from banian.features.feature_columns import FeatureColumns, NumberColumns
from banian.features.keyed_features import days_since
from banian.features.stored_asks import StoredAsks
from banian.features.stored_rows import NEVER
from banian.features.ticks import DAY
from banian.spec import ShopSpec

_HOUR = DAY // 24
_THURSDAY = 3
"""The day of the week, counted from Monday, on which 1970 began."""


def describe_themselves(
    spec: ShopSpec, asks: StoredAsks, features: Sequence[Feature]
) -> FeatureColumns:
    """Give features of asks that nothing stored is needed for."""
    names, values, texts = list[str](), list[np.ndarray](), dict[str, pa.Array]()
    for feature in features:
        match feature.statistic:
            case "hour":
                told = (asks.at // _HOUR % 24).astype(np.float64)
            case "weekday":
                told = ((asks.at // DAY + _THURSDAY) % 7).astype(np.float64)
            case _:
                told = say_own(spec, asks, feature)
                if isinstance(told, pa.StringArray):
                    texts[feature.name] = told
                    continue
        names.append(feature.name)
        values.append(told)
    stacked = np.stack(values) if values else np.empty((0, len(asks.at)))
    numbers = NumberColumns(tuple(names), stacked)
    return FeatureColumns(len(asks.at), (numbers,), pa.table(texts))


def say_own(
    spec: ShopSpec, asks: StoredAsks, feature: Feature
) -> pa.StringArray | Float64[np.ndarray, " ask"]:
    """Say what asks say of a column of their own rows: a text, or a number, NaN where they say nothing."""
    said = asks.own[str(feature.column)]
    if feature.statistic == "age":
        is_hidden = np.array([[feature.column not in spec.source(feature.entity).trust]])
        return days_since(pc.fill_null(said, NEVER).to_numpy()[None], asks.at, is_hidden)[0]
    return said if pa.types.is_string(said.type) else said.to_numpy(zero_copy_only=False)
