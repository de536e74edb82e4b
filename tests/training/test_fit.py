from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from banian.batches import encode_rows
from banian.examples import Examples, GrainExamples, Roles
from banian.features import EntityFeatures
from banian.features.codecs import fit_number
from banian.kinds import TowerState
from banian.models import Grain, predict_values
from banian.spec import parse_spec
from banian.training import NO_RECORDER, TrainingPlan, refit_network, select_network

ROWS = 120
SPEC = parse_spec("""
shop: tiny
tables: {visits: {source: visits.csv, time: at, key: id}}
tasks: {buys: {rows: visits, label: bought}, pays: {rows: visits, label: paid}}
split: {valid: 2020-02-01, test: 2020-03-01}
model: {sharing: {kind: shared_bottom, width: 6}, entity_width: 4, private_width: 4, tower_width: 4}
train: {epochs: 2, batch_rows: 16, learning_rate: 0.02, seeds: 2}
""")
GRAINS = {
    "rows of visits": Grain(
        ("visits",), {"buys": TowerState("binary", "auc"), "pays": TowerState("amount", "rmse")}
    )
}


@pytest.fixture(scope="module")
def examples() -> Examples:
    generator = np.random.default_rng(0)
    pages = generator.integers(0, 50, ROWS).astype(float)
    label = np.stack([pages > 20, pages * 3], axis=1).astype(float)
    columns = {"city": generator.choice(["a", "b"], ROWS).tolist(), "pages": pages}
    rows = GrainExamples(
        grain="rows of visits",
        tasks=("buys", "pays"),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(row) for row in range(ROWS)]),
        cutoff=np.full(ROWS, np.datetime64("2020-01-01", "us")),
        scene=pa.array(["home"] * ROWS),
        entities={"visits": EntityFeatures(np.ones(ROWS, bool), pa.table(columns))},
        asked=np.ones((ROWS, 2), bool),
        label=label,
        matured_at=np.full((ROWS, 2), np.datetime64("2020-01-02", "us")),
        level=np.zeros((ROWS, 2)),
    )
    return Examples({"rows of visits": rows})


@pytest.fixture(scope="module")
def roles() -> dict[str, Roles]:
    """The first rows train, then validation, calibration, test; every seventh `pays` has no role."""
    part = np.arange(ROWS) * 5 // ROWS
    has_role = np.ones((ROWS, 2), bool)
    has_role[::7, 1] = False

    def of(*parts: int) -> np.ndarray:
        return np.isin(part, parts)[:, None] & has_role

    found = Roles(select=of(0, 1), valid=of(2), refit=of(0, 1, 2), calibration=of(3), test=of(4))
    return {"rows of visits": found}


def fit(examples, roles, seed=0):
    """Give what selection found and the network of the refit."""
    cpu = torch.device("cpu")
    plan = TrainingPlan(
        SPEC.model, SPEC.train, GRAINS, SPEC.split, seed=seed, device=cpu, recorder=NO_RECORDER
    )
    selected = select_network(examples, roles, plan)
    return selected, refit_network(examples, roles, plan, selected)


@pytest.fixture(scope="module")
def first(examples, roles):
    return fit(examples, roles)


def changed(examples, chosen, *, features=False):
    """Turn the chosen labels around; `features` makes nonsense of the rows without any other."""
    rows = examples.grains["rows of visits"]
    label = np.where(chosen, [[1.0, -999.0]] - rows.label, rows.label)
    entities = rows.entities
    if features:
        whole, seen = chosen.all(axis=1), rows.entities["visits"]
        columns = {
            "city": np.where(whole, "nonsense", seen.columns["city"].to_numpy()),
            "pages": np.where(whole, -1e6, seen.columns["pages"].to_numpy()),
        }
        entities = {"visits": EntityFeatures(seen.present, pa.table(columns))}
    rows = replace(rows, label=label, entities=entities)
    return Examples({"rows of visits": rows})


def weights(fitted):
    states = [member.state_dict() for member in fitted[1].members]
    return torch.cat([value.flatten().double() for state in states for value in state.values()])


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(examples, roles, first):
    torch.rand(5)  # whatever else drew random numbers
    again, other = fit(examples, roles), fit(examples, roles, seed=1)
    assert torch.equal(weights(again), weights(first))
    assert again[0].schedules == first[0].schedules
    assert again[1].features == first[1].features
    assert not torch.equal(weights(other), weights(first))


def test_rows_kept_for_calibration_and_test_change_nothing(examples, roles, first):
    unseen = ~roles["rows of visits"].refit.any(axis=1, keepdims=True).repeat(2, axis=1)
    other = fit(changed(examples, unseen, features=True), roles)
    assert other[1].features == first[1].features
    assert other[0].schedules == first[0].schedules
    assert torch.equal(weights(other), weights(first))


def test_a_label_without_a_role_changes_nothing_though_its_row_trains(examples, roles, first):
    without = roles["rows of visits"].refit
    without = without.any(axis=1, keepdims=True) & ~without
    assert without.any()
    other = fit(changed(examples, without), roles)
    assert torch.equal(weights(other), weights(first))


@pytest.mark.parametrize("role", ["select", "valid"])
def test_the_labels_that_refit_takes_come_from_selection_and_validation(
    examples, roles, first, role
):
    used = getattr(roles["rows of visits"], role)
    other = fit(changed(examples, used), roles)
    assert not torch.equal(weights(other), weights(first))


def test_features_are_fitted_on_all_rows_of_the_refit(examples, roles, first):
    trained = roles["rows of visits"].refit.any(axis=1)
    seen = examples.grains["rows of visits"].entities["visits"].columns["pages"].to_numpy()
    assert first[1].features.entities["visits"].numbers["pages"] == fit_number(seen[trained])
    assert fit_number(seen[trained]) != fit_number(seen)


def test_the_network_is_ready_to_answer(first):
    selected, network = first
    assert [schedule.planned for schedule in selected.schedules] == [2 * 3] * 2  # 48 rows by 16
    for member in network.members:
        assert not member.training
        assert all(value.device.type == "cpu" for value in member.parameters())


def test_each_task_is_answered_by_one_member_of_each_seed(examples, first):
    _selected, network = first
    rows = examples.grains["rows of visits"]
    for task in ("buys", "pays"):
        places = network.answering[task]
        assert len(places) == len(set(places)) == 2
        batch = encode_rows(network.features, rows)
        alone = [predict_values(network.members[place], batch)[task] for place in places]
        assert (alone[0] != alone[1]).any()
        expected = (alone[0] + alone[1]) / 2
        np.testing.assert_allclose(network.predict(rows, (task,))[task], expected, rtol=1e-12)


def test_what_selects_was_said_of_the_validation_rows(roles, first):
    valid = roles["rows of visits"].valid
    for at, task in enumerate(("buys", "pays")):
        assert first[0].average(task).shape == (valid[:, at].sum(), 1)


def test_a_task_without_validation_labels_is_trained_all_the_same(examples, roles):
    role = roles["rows of visits"]
    fitted = fit(examples, {"rows of visits": replace(role, valid=role.valid & [True, False])})
    assert fitted[1].members[0].tower("pays").head.weight.any()
    assert "pays" not in fitted[0].tasks
