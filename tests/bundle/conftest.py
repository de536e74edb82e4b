"""A bundle with odd names, made without training."""

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
from banian.schema import ColumnProfile, ColumnType
from banian.spec import parse_spec
from banian.trees import Target
from banian.trees.fit import grow_trees, plan_trees

ROWS = 60
SPEC = """
shop: łódź
tables:
  visits:
    source: visits.csv
    time: at
    key: id
    links: {who: people}
    derive: {net: price - cost}
    known_at: {kept: 14d}
  people: {from: visits, key: who}
tasks:
  kept: {rows: visits, label: kept, where: price > 0}
  spend.next:
    for_each: people
    label: {aggregate: sum, of: visits.net, within: 36h, at_least: 0.5}
split: {valid: 2020-02-01T06:30:00, test: 2020-03-01}
model: {sharing: {kind: mmoe, width: 4, experts: 2}, entity_width: 4, private_width: 4, tower_width: 3}
"""


def draw_entity(rows: int, seed: int) -> EntityFeatures:
    generator = np.random.default_rng(seed)
    columns = {
        "city": generator.choice(["東京", "a\nb"], rows).tolist(),
        "price": generator.lognormal(2, 1, rows),
    }
    return EntityFeatures(generator.random(rows) < 0.9, pa.table(columns))


def make_rows(grain: str, task: str, entities: dict[str, EntityFeatures]) -> GrainExamples:
    label = np.arange(ROWS)[:, None] % 3 // 2 * 1.0
    return GrainExamples(
        grain=grain,
        tasks=(task,),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(row) for row in range(ROWS)]),
        cutoff=np.full(ROWS, np.datetime64("2020-01-01", "us")),
        scene=pa.array(["home"] * ROWS),
        entities=entities,
        asked=np.ones((ROWS, 1), bool),
        label=label,
        matured_at=np.full((ROWS, 1), np.datetime64("2020-01-02", "us")),
        level=label * 3,
    )


@pytest.fixture(scope="session")
def examples() -> Examples:
    visits = {"people": draw_entity(ROWS, 0), "visits": draw_entity(ROWS, 1)}
    grains = {
        "rows of visits": make_rows("rows of visits", "kept", visits),
        "people": make_rows("people", "spend.next", {"people": draw_entity(ROWS, 2)}),
    }
    return Examples(grains)


@pytest.fixture(scope="session")
def bundle(examples) -> Bundle:
    spec = parse_spec(SPEC)
    features = fit_features(examples, {grain: np.ones(ROWS, bool) for grain in examples.grains})
    grains = {
        "rows of visits": Grain(("people", "visits"), {"kept": TowerState("binary", "auc")}),
        "people": Grain(("people",), {"spend.next": TowerState("amount", "mae", 0.5)}),
    }

    def network(*names: str, seed: int) -> Network:
        chosen = {name: grains[name] for name in names}
        torch.manual_seed(seed)
        members = []
        for _ in range(2):
            model = build_model(
                spec.model,
                fields={entity: state.fields for entity, state in features.entities.items()},
                grains=chosen,
                scenes=features.scenes.size,
            )
            for name in names:
                model.fit_priors(encode_rows(features, examples.grains[name]))
            for parameter in model.towers.parameters():
                torch.nn.init.uniform_(parameter, 0.5, 1)  # away from the prior
            members.append(freeze(model))
        tasks = [task for grain in chosen.values() for task in grain.tasks]
        return Network(features, chosen, tuple(members), dict.fromkeys(tasks, (0, 1)))

    visits = examples.grains["rows of visits"]
    all_rows = np.ones(ROWS, bool)
    plan = plan_trees(
        visits,
        "kept",
        Target("binary", "auc"),
        all_rows,
        all_rows,
        lambda values: -np.abs(values - visits.label).mean(),
        seed=0,
        cores=1,
    )
    return Bundle(
        spec=spec,
        types={
            "visits": {
                "at": ColumnType("time", form="%d.%m.%Y"),
                "price": ColumnType("decimal", scale=2),
                "prix (€)": ColumnType("text"),
            }
        },
        joint=network(*grains, seed=0),
        calibrations={
            "kept": BinaryCalibration(Platt(1.1, -0.2, (0.1, 0.0, 0.2)), 0.1 + 0.2),
            "spend.next": NumberCalibration(0.5, 1.5, 3.0, 0.5),
        },
        predictors={"kept": ("joint", "trees"), "spend.next": ("twin",)},
        twins={"spend.next": network("people", seed=1)},
        trees={"kept": grow_trees(visits, "kept", plan, all_rows, seed=0, threads=1)},
        profiles={"visits": {"price": ColumnProfile(0.9, (0.1 + 0.2, 1e9), (1.0, 5.5))}},
        card={"shop": "łódź", "scores": {"kept": {"value": None, "interval": [0.1, 0.3]}}},
    )


@pytest.fixture
def saved(bundle, tmp_path) -> Path:
    """The bundle in a run folder."""
    save_bundle(bundle, tmp_path / "run" / "bundle")
    return tmp_path / "run" / "bundle"
