"""A shop of one grain and two tasks: two rows per visitor, over five months."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
import torch

from banian.examples import Examples, GrainExamples, Roles, assign_roles
from banian.features import EntityFeatures
from banian.kinds import TowerState
from banian.models import Grain
from banian.spec import parse_spec
from banian.training import NO_RECORDER, TrainingPlan

ROWS, DAY, GRAIN = 400, np.timedelta64(1, "D"), "rows of visits"
SPEC = parse_spec("""
shop: tiny
tables: {visits: {source: visits.csv, time: at, key: id}}
tasks: {buys: {rows: visits, label: bought}, pays: {rows: visits, label: paid}}
split: {valid: 2020-02-01, test: 2020-03-01}
model: {sharing: {kind: shared_bottom, width: 6}, entity_width: 4, private_width: 4, tower_width: 4}
train: {epochs: 1, batch_rows: 64, seeds: 1}
""")
TOWERS = {"buys": TowerState("binary", "auc"), "pays": TowerState("count", "deviance")}


@pytest.fixture(scope="module")
def rows() -> GrainExamples:
    generator = np.random.default_rng(0)
    pages = generator.integers(0, 50, ROWS).astype(float)
    cutoff = np.datetime64("2019-10-20", "us") + (np.arange(ROWS) * 158 // ROWS) * DAY
    return GrainExamples(
        grain=GRAIN,
        tasks=("buys", "pays"),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=generator.permutation(np.arange(ROWS) // 2),
        clusters=pa.array([str(row) for row in range(ROWS // 2)]),
        cutoff=cutoff,
        scene=pa.array(["home"] * ROWS),
        entities={"visits": EntityFeatures(np.ones(ROWS, bool), pa.table({"pages": pages}))},
        asked=np.ones((ROWS, 2), bool),
        label=np.stack([pages > 20, (pages / 5).round()], axis=1).astype(float),
        matured_at=np.repeat((cutoff + 10 * DAY)[:, None], 2, axis=1),
        level=np.zeros((ROWS, 2)),
    )


@pytest.fixture(scope="module")
def examples(rows) -> Examples:
    return Examples({GRAIN: rows})


@pytest.fixture(scope="module")
def roles(rows) -> dict[str, Roles]:
    return {GRAIN: assign_roles(rows, SPEC.split, calibrate=True)}


@pytest.fixture(scope="session")
def make_plan() -> Callable[..., TrainingPlan]:
    def make(**train) -> TrainingPlan:
        return TrainingPlan(
            SPEC.model,
            SPEC.train.model_copy(update=train),
            {GRAIN: Grain(("visits",), TOWERS)},
            SPEC.split,
            seed=0,
            device=torch.device("cpu"),
            recorder=NO_RECORDER,
        )

    return make
