"""A network that answers two grains, made without training, and rows for it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from banian.batches import encode_rows, fit_features
from banian.bundle import Bundle, save_bundle
from banian.examples import Examples, GrainExamples
from banian.features import EntityFeatures
from banian.kinds import TowerState
from banian.models import Grain, Network, build_model, freeze
from banian.predictions import BinaryCalibration, NumberCalibration, Platt
from banian.spec import parse_spec

ROWS = 60
SPEC = """
shop: corner
tables:
  visits: {source: visits.csv, time: at, key: id, links: {who: people}, known_at: {kept: 14d}}
  people: {from: visits, key: who}
tasks:
  kept: {rows: visits, label: kept}
  dear: {rows: visits, label: kept, where: price > 10}
  spend: {for_each: people, label: {aggregate: sum, of: visits.price, within: 7d}}
split: {valid: 2020-02-01, test: 2020-03-01}
model: {sharing: {kind: mmoe, width: 4, experts: 2}, entity_width: 4, private_width: 4, tower_width: 3}
"""


def draw_entity(seed: int) -> EntityFeatures:
    generator = np.random.default_rng(seed)
    columns = {
        "city": generator.choice(["a", "b"], ROWS).tolist(),
        "price": generator.lognormal(2, 1, ROWS),
    }
    return EntityFeatures(generator.random(ROWS) < 0.9, pa.table(columns))


def make_rows(
    grain: str, tasks: tuple[str, ...], entities: dict[str, EntityFeatures]
) -> GrainExamples:
    generator = np.random.default_rng(3)
    label = np.tile(np.arange(ROWS)[:, None] % 3 // 2 * 1.0, (1, len(tasks)))
    return GrainExamples(
        grain=grain,
        tasks=tasks,
        keys=pa.table({"id": [str(row) for row in range(ROWS)]}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(row) for row in range(ROWS)]),
        cutoff=np.full(ROWS, np.datetime64("2020-01-01", "us")),
        scene=pa.array(["home"] * ROWS),
        entities=entities,
        asked=generator.random((ROWS, len(tasks))) < 0.7,
        label=label,
        matured_at=np.full(label.shape, np.datetime64("2020-01-02", "us")),
        level=label * 3,
    )


@pytest.fixture(scope="session")
def examples() -> Examples:
    visits = {"people": draw_entity(0), "visits": draw_entity(1)}
    return Examples(
        {
            "rows of visits": make_rows("rows of visits", ("kept", "dear"), visits),
            "people": make_rows("people", ("spend",), {"people": draw_entity(2)}),
        }
    )


@pytest.fixture(scope="session")
def bundle(examples) -> Bundle:
    spec = parse_spec(SPEC)
    features = fit_features(examples, {grain: np.ones(ROWS, bool) for grain in examples.grains})
    binary = TowerState("binary", "auc")
    grains = {
        "rows of visits": Grain(("people", "visits"), {"kept": binary, "dear": binary}),
        "people": Grain(("people",), {"spend": TowerState("amount", "mae", 0.5)}),
    }
    torch.manual_seed(0)
    model = build_model(
        spec.model, fields=features.fields, grains=grains, scenes=features.scenes.size
    )
    for rows in examples.grains.values():
        model.fit_priors(encode_rows(features, rows))
    for parameter in model.towers.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1)  # away from the prior
    answering = {task: (0,) for grain in grains.values() for task in grain.tasks}
    platt = BinaryCalibration(Platt(1.1, -0.2, (0.1, 0.0, 0.2)), 0.3)
    return Bundle(
        spec=spec,
        types={},
        joint=Network(features, grains, (freeze(model),), answering),
        calibrations={"kept": platt, "dear": platt, "spend": NumberCalibration(0.5, 1.5, 3.0, 0.5)},
        card={},
    )


@pytest.fixture(scope="session")
def saved(bundle, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inference") / "bundle"
    save_bundle(bundle, folder)
    return folder
