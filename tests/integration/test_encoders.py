"""From raw tables to predictions with every encoder that the spec can name."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import banian
from banian.bundle import load_bundle
from banian.datasets import write_corner_shop

ENCODERS = (
    "model.ids={kind: embedded, rows: 5}",
    "model.sequences={kind: attention, steps: 8}",
    "model.numbers=periodic",
    "model.fields={width: auto, hash: {customers.country: 30}, sparse_rows: 20}",
    "model.calendar=true",
    "model.pairs=8",
    "train={epochs: 4, learning_rate: 0.005, embedding_l2: 0.01, seeds: 1, sparse: adagrad}",
)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, quick_fit) -> Path:
    folder = tmp_path_factory.mktemp("encoders")
    spec = write_corner_shop(folder, customers=100)
    banian.fit(banian.load_spec(spec, overrides=ENCODERS), folder, folder / "run")
    return folder


def test_predict_gives_what_fit_judged(fitted):
    judged = pq.read_table(fitted / "run" / "test_predictions.parquet").to_pandas()
    bundle = load_bundle(fitted / "run")
    again = banian.predict(bundle, fitted, at=datetime(2025, 11, 1)).to_pandas()
    both = judged.merge(again, on=["task", "customer_id", "order_id"], suffixes=("", " again"))
    assert len(both) == len(judged) > 0
    np.testing.assert_allclose(both["value again"], both["value"], rtol=0, atol=1e-6)


def test_every_encoder_is_part_of_the_model_and_has_learned(fitted):
    model = load_bundle(fitted / "run").joint.members[0]
    state, rows = model.state_dict(), model.entities.tables.rows
    ids = rows["customers", "banian id"]
    assert model.entities.tables.tables[ids.table].sparse
    vectors = state[f"entities.tables.tables.{ids.table}.weight"][ids.start : ids.stop]
    assert vectors[2:].any(dim=1).float().mean() > 0.5  # they start at zero
    assert rows["customers", "country"].stop - rows["customers", "country"].start == 32
    names = set(state)
    assert {"entities.pairs.maps", "entities.encoders.of_banian calendar.absent"} <= names
    assert any(".histories." in name for name in names)
    assert any(name.endswith("encoders.number.frequencies") for name in names)
