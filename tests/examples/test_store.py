"""Examples read back from disk are the examples that were written; the oracle's shops go through the disk, too."""

import numpy as np
import pyarrow as pa
from keeping import kept

from banian.examples import Examples, GrainExamples
from banian.features import EntityFeatures
from banian.features.feature_columns import FeatureColumns


def test_a_shop_without_time_and_entities_without_features_are_kept():
    rows = 2
    bare = GrainExamples(
        grain="rows of mails",
        tasks=("visit",),
        keys=pa.table({"row": [1, 2]}),
        cluster=np.array([0, 1]),
        clusters=pa.array(["1", "2"]),
        cutoff=np.full(rows, np.datetime64("NaT", "us")),
        scene=pa.nulls(rows, pa.string()),
        entities={
            "mails": EntityFeatures(np.array([True, False]), FeatureColumns(rows).to_arrow())
        },
        asked=np.ones((rows, 1), bool),
        label=np.array([[1.0], [np.nan]]),
        matured_at=np.zeros((rows, 1), "datetime64[us]"),
        level=np.zeros((rows, 1)),
    )
    assert len(kept(Examples({"rows of mails": bare})).grains["rows of mails"]) == rows
