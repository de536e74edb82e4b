from dataclasses import replace

import pytest
import torch
from typing_extensions import override

from banian.batches import NumberPart
from banian.models import freeze, predict_values
from banian.spec import TrainSpec
from banian.training import NO_RECORDER
from banian.training.recorder import AbstractRecorder
from banian.training.score import Score
from banian.training.trainer import Schedule, refit, select_steps

TASKS = ("returned", "spend", "stays")

SPEC = TrainSpec(epochs=3, patience=2, batch_rows=8, learning_rate=0.02)  # 8 steps per epoch


@pytest.fixture(autouse=True)
def four_scores_per_epoch(monkeypatch):
    """However many rows select."""
    monkeypatch.setattr("banian.training.trainer._SCORING", 100.0)


class Diary(AbstractRecorder):
    """Writes down what it hears."""

    def __init__(self):
        self.heard = []

    @override
    def stage(self, name):
        self.heard.append(("stage", name))

    @override
    def start(self, phase, steps, done):
        self.heard.append(("start", phase, steps, done))

    @override
    def step(self):
        self.heard.append("step")

    @override
    def score(self, scored):
        self.heard.append(("score", scored.step))

    @override
    def finish(self):
        self.heard.append("finish")


def select(model, training, valid, metrics, spec=SPEC, recorder=NO_RECORDER):
    generator = torch.Generator().manual_seed(0)
    return select_steps(
        model, training, valid, metrics, spec, generator=generator, recorder=recorder
    )


def until(taken, planned=24):
    """Train for so many steps, for every task."""
    return Schedule(planned, dict.fromkeys(TASKS, (taken,)), batch_rows=8)


def fit(model, training, schedule, seed=0, recorder=NO_RECORDER):
    generator = torch.Generator().manual_seed(seed)
    return refit(model, training, schedule, SPEC, generator=generator, recorder=recorder)


@pytest.fixture
def scripted(monkeypatch):
    """Let the validation faults of a task be these: one before training, then four per epoch."""

    def script(*faults: float, task: str = "stays") -> None:
        left = iter(faults)

        def score(*_):
            fault = next(left)
            value = torch.tensor([[fault]])
            return Score({task: 1.0}, {task: 0.5}, {task: fault}, {task: value})

        monkeypatch.setattr("banian.training.trainer.score_model", score)

    return script


def test_the_three_best_steps_of_a_task_are_taken(model, training, valid, metrics, scripted):
    scripted(1.0, 0.9, 0.6, 0.8, 0.75, 0.7, *[0.9] * 7)
    selection = select(model, training, valid, metrics)
    assert selection.schedule.planned == 24
    assert selection.schedule.best_steps["stays"] == (4, 8, 10)
    assert selection.values["stays"].item() == pytest.approx((0.6 + 0.75 + 0.7) / 3)


def test_a_task_that_nothing_selects_is_trained_to_the_end(
    model, training, valid, metrics, scripted
):
    scripted(1.0, *[0.9 - step / 100 for step in range(12)])
    schedule = select(model, training, valid, metrics).schedule
    assert schedule.best_steps["spend"] == schedule.best_steps["returned"] == (24,)
    assert schedule.taken == 24


@pytest.mark.parametrize(("best", "steps"), [(4, 16), (8, 16), (10, 24)])
def test_training_ends_at_the_first_end_of_an_epoch_when_patience_has_run_out(
    model, training, valid, metrics, scripted, best, steps
):
    diary, spec = Diary(), SPEC.model_copy(update={"epochs": 9, "patience": 1})
    scripted(1.0, *[0.5 if step == best else 0.8 for step in range(2, 50, 2)])
    schedule = select(model, training, valid, metrics, spec, diary).schedule
    assert best in schedule.best_steps["stays"]
    assert diary.heard.count("step") == steps


def test_where_nothing_gets_better_the_first_steps_are_taken(
    model, training, valid, metrics, scripted
):
    scripted(0.5, *[0.5] * 12)
    assert select(model, training, valid, metrics).schedule.best_steps["stays"] == (0, 2, 4)


def test_a_fault_that_is_no_number_is_not_among_the_best(model, training, valid, metrics, scripted):
    scripted(1.0, 0.9, 0.8, *[float("nan")] * 10)
    assert select(model, training, valid, metrics).schedule.best_steps["stays"] == (0, 2, 4)


@pytest.fixture
def short_cycles(monkeypatch):
    """Let a spec without epochs have a first cycle of 16 steps, and no end after more than 112."""
    for name, value in {"_FEWEST_EPOCHS": 2, "_FEWEST_STEPS": 9, "_MOST_STEPS": 112}.items():
        monkeypatch.setattr(f"banian.training.trainer.{name}", value)


OPEN = SPEC.model_copy(update={"epochs": None, "patience": None})


@pytest.mark.parametrize(
    ("best_until", "steps"),
    [
        pytest.param(112, 112, id="always better: three cycles, then it is enough"),
        pytest.param(48, 48 + 40, id="no better in the third: patience is a third of 112 steps"),
        pytest.param(40, 48, id="best before the end of the second"),
        pytest.param(12, 16, id="best before the end of the first"),
    ],
)
@pytest.mark.usefixtures("short_cycles")
def test_where_tasks_are_best_at_the_end_a_cycle_twice_as_long_follows(
    model, training, valid, metrics, scripted, best_until, steps
):
    diary = Diary()
    scripted(2.0, *[2 - min(step, 2 * best_until - step) / 1000 for step in range(2, 114, 2)])
    schedule = select(model, training, valid, metrics, OPEN, diary).schedule
    assert schedule.planned == 16
    assert diary.heard.count("step") == steps
    begins = [heard for heard in diary.heard if heard[0] == "start"]
    cycles = [("start", "select", end, begin) for begin, end in ((0, 16), (16, 48), (48, 112))]
    assert begins == [cycle for cycle in cycles if cycle[3] < steps]
    scores = [heard[1] for heard in diary.heard if heard[0] == "score"]
    assert scores == list(range(2, steps + 2, 2))


@pytest.mark.usefixtures("short_cycles")
def test_epochs_that_are_asked_for_are_not_exceeded(model, training, valid, metrics, scripted):
    scripted(1.0, *[0.9 - step / 100 for step in range(12)])
    assert select(model, training, valid, metrics).schedule.taken == 24


def test_the_last_step_is_scored_however_many_there_are(model, training, valid, metrics, scripted):
    diary, spec = Diary(), SPEC.model_copy(update={"epochs": 1, "batch_rows": 7})  # 10 steps
    scripted(1.0, *[0.9, 0.8, 0.7, 0.6, 0.5])
    schedule = select(model, training, valid, metrics, spec, diary).schedule
    assert (schedule.planned, schedule.best_steps["stays"]) == (10, (6, 8, 10))
    spec = SPEC.model_copy(update={"epochs": 1, "batch_rows": 6})  # 11 steps
    scripted(1.0, *[0.9] * 5, 0.1)
    schedule = select(model, training, valid, metrics, spec, diary).schedule
    assert (schedule.planned, schedule.taken) == (11, 11)


def test_what_can_be_learned_is_learned(model, training, valid, metrics):
    diary = Diary()
    schedule = select(model, training, valid, metrics, recorder=diary).schedule
    assert 0 < schedule.taken <= schedule.planned == 24
    assert diary.heard[0] == ("start", "select", 24, 0)
    assert diary.heard[-1] == "finish"
    scores = [heard[1] for heard in diary.heard if heard[0] == "score"]
    assert scores == list(range(2, 25, 2))


def test_where_validation_contradicts_training_the_prior_stays(make_model, training, metrics):
    orders = training["orders"].masked(torch.ones(40, 1, dtype=torch.bool))
    hint = orders.blocks["orders"].part(NumberPart).values[:, 0, :1].float()
    above = hint > hint.median()
    agreeing, contrary = (replace(orders, label=label.float()) for label in (above, ~above))
    model = make_model(agreeing)
    best = select(model, {"orders": agreeing}, {"orders": contrary}, metrics).schedule.best_steps
    assert min(best["returned"]) == 0


@pytest.mark.parametrize("taken", [0, 3, 8, 11])
def test_refit_takes_exactly_the_steps_selected(model, training, taken):
    diary = Diary()
    fit(model, training, until(taken), recorder=diary)
    told = [heard for heard in diary.heard if heard[0] != "score"]
    assert told == [("start", "refit", taken, 0), *["step"] * taken, "finish"]
    scores = [heard[1] for heard in diary.heard if heard[0] == "score"]
    assert scores == sorted({*range(8, taken, 8), taken} - {0})
    assert not model.training


def test_without_a_step_the_prior_stays(make_model, training):
    model, prior = make_model(*training.values()), make_model(*training.values())
    fit(model, training, until(0))
    for name, value in model.state_dict().items():
        assert torch.equal(value, prior.state_dict()[name])
    for value in predict_values(freeze(model), training["customers"]).values():
        assert len(set(value[:, 0].tolist())) == 1


def test_refit_follows_the_step_sizes_of_the_whole_plan(make_model, training):
    weights = []
    for planned in (24, 24, 12):  # all start at the peak
        model = make_model(*training.values())
        fit(model, training, until(3, planned))
        weights.append(model.tower("spend").head.weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_the_same_generator_gives_the_same_weights_and_another_other(make_model, training):
    states = []
    for seed in (0, 0, 1):
        model = make_model(*training.values())
        fit(model, training, until(5), seed=seed)
        states.append(torch.cat([value.flatten() for value in model.parameters()]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_a_task_gets_the_mean_of_the_weights_at_its_steps(make_model, training):
    def weights_at(steps):
        model = make_model(*training.values())
        snapshots = fit(model, training, until(steps))
        (state,) = snapshots.means(model)
        return state

    best_steps = {"stays": (2, 5), "spend": (5, 2), "returned": (7,)}
    model = make_model(*training.values())
    snapshots = fit(model, training, Schedule(24, best_steps, batch_rows=8))
    assert snapshots.sets == [(2, 5), (7,)]
    both, last = snapshots.means(model)
    second, fifth, seventh = map(weights_at, (2, 5, 7))
    assert both.keys() == last.keys() == model.state_dict().keys()
    for name, value in both.items():
        torch.testing.assert_close(value, second[name] / 2 + fifth[name] / 2)
        assert torch.equal(last[name], seventh[name])
    assert not torch.equal(second["scene.table.weight"], fifth["scene.table.weight"])


@pytest.mark.parametrize(("rows", "scores"), [(20, 12), (60, 6), (400, 3)])
def test_the_more_rows_select_the_less_often_they_are_scored(
    model, training, make_batch, metrics, monkeypatch, rows, scores
):
    monkeypatch.undo()
    diary, valid = Diary(), {"customers": make_batch("customers", rows, seed=5)}
    select(model, training, valid, metrics, SPEC.model_copy(update={"patience": 9}), diary)
    assert len([heard for heard in diary.heard if heard[0] == "score"]) == scores
