from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from banian.batches import fit_features
from banian.errors import SpecError
from banian.examples import Examples, GrainExamples
from banian.features import EntityFeatures
from banian.kinds import TowerState
from banian.models import Grain, build_model
from banian.spec import ModelSpec
from banian.training import WarmStart
from banian.workflows.pretrained import check_entities, sum_pretrained

ROWS = 30


def rows_about(entity: str, columns: dict[str, list]) -> Examples:
    rows = GrainExamples(
        grain="visits",
        tasks=("buys",),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(row) for row in range(ROWS)]),
        cutoff=np.full(ROWS, np.datetime64("2020-01-01", "us")),
        scene=pa.array(["home"] * ROWS),
        entities={entity: EntityFeatures(np.ones(ROWS, bool), pa.table(columns))},
        asked=np.ones((ROWS, 1), bool),
        label=np.arange(ROWS)[:, None] % 2.0,
        matured_at=np.full((ROWS, 1), np.datetime64("2020-01-02", "us")),
        level=np.zeros((ROWS, 1)),
    )
    return Examples({"visits": rows})


COLUMNS = {"city": ["a", "b"] * (ROWS // 2), "pages": np.arange(ROWS).astype(float)}


@pytest.fixture
def pretrained() -> WarmStart:
    features = fit_features(rows_about("visits", COLUMNS), {"visits": np.ones(ROWS, bool)})
    torch.manual_seed(0)
    model = build_model(
        ModelSpec(),
        fields={entity: state.fields for entity, state in features.entities.items()},
        grains={"visits": Grain(("visits",), {"buys": TowerState("binary", "auc")})},
        scenes=features.scenes.size,
    )
    return WarmStart(features, model)


def test_more_columns_than_the_pretrained_network_reads_are_welcome(pretrained):
    check_entities(pretrained, rows_about("visits", COLUMNS | {"age": np.arange(ROWS) * 1.0}))


def test_an_entity_that_the_pretrained_network_never_saw_is_named(pretrained):
    with pytest.raises(SpecError, match=r"never saw 'visit'\. Did you mean 'visits'\?"):
        check_entities(pretrained, rows_about("visit", COLUMNS))


@pytest.mark.parametrize("column", ["city", "pages"])
def test_a_column_that_the_pretrained_network_reads_and_nobody_gives_is_named(pretrained, column):
    given = {name: values for name, values in COLUMNS.items() if name != column}
    with pytest.raises(SpecError, match=f"reads '{column}' of visits"):
        check_entities(pretrained, rows_about("visits", given))


def test_other_weights_or_features_have_another_sum(pretrained):
    first = sum_pretrained(pretrained)
    assert sum_pretrained(pretrained) == first
    other = fit_features(
        rows_about("visits", COLUMNS | {"city": ["a", "c"] * (ROWS // 2)}),
        {"visits": np.ones(ROWS, bool)},
    )
    assert sum_pretrained(replace(pretrained, features=other)) != first
    with torch.no_grad():
        next(pretrained.model.parameters())[0] += 1
    assert sum_pretrained(pretrained) != first
