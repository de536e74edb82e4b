"""A run that was killed at any step and resumed ends as the undisturbed one does, bit for bit."""

import contextlib

import pytest
import torch
from hypothesis import settings
from typing_extensions import override

from banian.errors import RunError
from banian.spec import (
    EQUAL,
    DWASpec,
    FAMOSpec,
    ModelSpec,
    PCGradSpec,
    SharedBottomSpec,
    TrainSpec,
)
from banian.training import Checkpoints
from banian.training.recorder import AbstractRecorder
from banian.training.trainer import refit, select_steps

TRAIN = TrainSpec(epochs=3, patience=3, batch_rows=16, learning_rate=0.02)  # 4 steps per epoch
MODEL = ModelSpec(
    sharing=SharedBottomSpec(width=8), entity_width=6, private_width=4, tower_width=6, dropout=0.1
)
RUN = {"spec": "a", "data": "b", "seed": 0}


class Killed(Exception):
    pass


class Diary(AbstractRecorder):
    """Writes down the scores, and kills the run when its steps are counted down."""

    def __init__(self, life: int = 10_000):
        self.life, self.scores = life, {}

    @override
    def stage(self, name): ...

    @override
    def start(self, phase, steps, done): ...

    @override
    def step(self):
        self.life -= 1
        if self.life == 0:
            raise Killed

    @override
    def score(self, scored):
        self.scores[scored.phase, scored.step] = scored

    @override
    def finish(self): ...


@pytest.fixture(scope="module")
def train(make_model, make_batch):
    """Run both phases as a fit does, taking up what the checkpoints hold."""
    sizes = {"customers": 64, "orders": 40}
    training = {grain: make_batch(grain, rows) for grain, rows in sizes.items()}
    valid = {grain: make_batch(grain, 30, seed=1) for grain in sizes}
    metrics = {"stays": "auc", "spend": "mae", "returned": "log_loss"}

    def new_model():
        return make_model(*training.values(), seed=3, spec=MODEL), torch.Generator().manual_seed(3)

    def run(checkpoints, diary, balance=EQUAL, spec=TRAIN):
        def phase(name):
            model, generator = new_model()
            place = checkpoints.within(name)
            told = {"recorder": diary, "checkpoints": place, "state": place.newest()}
            return model, told | {"generator": generator, "balance": balance}

        model, told = phase("select")
        selection = select_steps(model, training, valid, metrics, spec, **told)
        model, told = phase("refit")
        snapshots = refit(model, training, selection.schedule, spec, **told)
        kept = {
            f"{place}/{name}": value
            for place, state in enumerate(snapshots.means(model))
            for name, value in state.items()
        }
        kept |= {f"valid/{task}": value for task, value in selection.values.items()}
        return kept, selection.schedule

    return run


@pytest.fixture
def at(tmp_path):
    def checkpoints(seconds=0.0, run=RUN, clock=lambda: 0.0):
        return Checkpoints(tmp_path / "checkpoints", run, seconds=seconds, clock=clock)

    return checkpoints


@pytest.fixture(scope="module")
def whole(train, tmp_path_factory):
    diary = Diary()
    elsewhere = Checkpoints(tmp_path_factory.mktemp("whole"), RUN, seconds=1e9)
    weights, schedule = train(elsewhere, diary)
    assert schedule.taken > 4
    return weights, schedule, diary.scores


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# Of 12 steps that select: one within an epoch, the last; then the first that train on all.
IS_LONG = settings.get_current_profile_name() == "long"
LIVES = range(1, 17) if IS_LONG else (2, 12, 13)


@pytest.mark.parametrize("life", LIVES)
def test_a_killed_run_ends_as_the_undisturbed_one(train, at, whole, life):
    weights, schedule, scores = whole
    diary = Diary(life)
    with pytest.raises(Killed):
        train(at(), diary)
    heard = dict(diary.scores)
    torch.manual_seed(99)  # another process
    again = Diary()
    ended, found = train(at(), again)
    assert found == schedule
    assert same(ended, weights)
    assert heard | again.scores == scores


@pytest.mark.parametrize(
    "balance", [DWASpec(), FAMOSpec(), PCGradSpec()], ids=lambda spec: spec.kind
)
def test_what_a_balance_has_learned_is_taken_up(train, at, whole, balance, tmp_path):
    diary = Diary()
    elsewhere = Checkpoints(tmp_path / "elsewhere", RUN, seconds=1e9)
    weights, schedule = train(elsewhere, diary, balance)
    assert weights.keys() != whole[0].keys() or not same(weights, whole[0])
    clock = iter(range(10_000))  # a second per question
    killed = Diary(10)
    with pytest.raises(Killed):
        train(at(seconds=3.0, clock=lambda: float(next(clock))), killed, balance)
    assert at().within("select").newest().done > 4
    torch.manual_seed(99)
    again = Diary()
    ended, found = train(at(seconds=1e9), again, balance)
    assert found == schedule
    assert same(ended, weights)
    assert killed.scores | again.scores == diary.scores


CYCLES = TRAIN.model_copy(update={"epochs": None, "patience": 99})


@contextlib.contextmanager
def two_cycles():
    """Let a spec without epochs have two cycles, of 8 and of 16 steps."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"_FEWEST_EPOCHS": 2, "_FEWEST_STEPS": 5, "_MOST_STEPS": 24}.items():
            patch.setattr(f"banian.training.trainer.{name}", value)
        patch.setattr("banian.training.trainer._is_late", lambda *_: True)
        yield


@pytest.fixture(scope="module")
def long(train, tmp_path_factory):
    diary = Diary()
    elsewhere = Checkpoints(tmp_path_factory.mktemp("long"), RUN, seconds=1e9)
    with two_cycles():
        weights, schedule = train(elsewhere, diary, spec=CYCLES)
    assert ("select", 24) in diary.scores
    return weights, schedule, diary.scores


# The end of the first cycle, the first step of the second, and the training on all that follows.
@pytest.mark.parametrize("life", range(7, 28) if IS_LONG else (8, 9, 26))
def test_a_run_killed_about_another_cycle_ends_as_the_undisturbed_one(train, at, long, life):
    weights, schedule, scores = long
    killed, again = Diary(life), Diary()
    with two_cycles():
        with pytest.raises(Killed):
            train(at(), killed, spec=CYCLES)
        torch.manual_seed(99)
        ended, found = train(at(), again, spec=CYCLES)
    assert found == schedule
    assert same(ended, weights)
    assert killed.scores | again.scores == scores


def test_a_run_killed_over_and_over_ends_as_the_undisturbed_one(train, at, whole):
    weights, schedule, _ = whole
    for _ in range(40):
        torch.manual_seed(5)
        try:
            ended, found = train(at(), Diary(3))
            break
        except Killed:
            continue
    assert found == schedule
    assert same(ended, weights)


def test_checkpoints_are_written_when_their_time_has_come(train, at, tmp_path):
    clock = iter(range(10_000))  # a second per question
    with pytest.raises(Killed):
        train(at(seconds=4.0, clock=lambda: float(next(clock))), Diary(7))
    names = [path.name for path in sorted((tmp_path / "checkpoints" / "select").iterdir())]
    assert [name[:19] for name in names] == ["0-select-0000000004"]


def test_the_newest_two_are_kept(train, at, tmp_path):
    with pytest.raises(Killed):
        train(at(), Diary(7))
    names = sorted(path.name[:19] for path in (tmp_path / "checkpoints" / "select").iterdir())
    assert names == ["0-select-0000000005", "0-select-0000000006"]


def torn(path):
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [torn, flipped, empty])
def test_a_damaged_checkpoint_is_passed_over(train, at, whole, tmp_path, damage):
    with pytest.raises(Killed):
        train(at(), Diary(7))
    _, newer = sorted((tmp_path / "checkpoints" / "select").iterdir())
    assert at().within("select").newest().done == 6
    damage(newer)
    assert at().within("select").newest().done == 5
    ended, _ = train(at(), Diary())
    assert same(ended, whole[0])
    for path in (tmp_path / "checkpoints" / "select").iterdir():
        damage(path)
    assert at().within("select").newest() is None


def test_what_others_put_beside_is_left_alone(train, at, tmp_path):
    folder = tmp_path / "checkpoints" / "select"
    folder.mkdir(parents=True)
    for name in ("notes.txt", "1-refit-x.safetensors", ".0-select-1-a.safetensors.partial"):
        (folder / name).write_text("mine")
    with pytest.raises(Killed):
        train(at(), Diary(5))
    assert at().within("select").newest().done == 4
    at().clear()
    assert {path.name for path in folder.iterdir()} == {
        "notes.txt",
        "1-refit-x.safetensors",
        ".0-select-1-a.safetensors.partial",
    }


@pytest.mark.parametrize(("part", "other"), [("spec", "x"), ("data", "x"), ("seed", 1)])
def test_the_checkpoint_of_another_run_is_refused(train, at, part, other):
    with pytest.raises(Killed):
        train(at(), Diary(5))
    with pytest.raises(RunError, match=f"belongs to a run with another {part}.") as caught:
        at(run=RUN | {part: other}).check()
    assert "--resume" in caught.value.remedy


def test_what_one_run_says_and_the_other_does_not_sets_them_apart(train, at):
    with pytest.raises(Killed):
        train(at(run=RUN | {"pretrained": "x"}), Diary(5))
    with pytest.raises(RunError, match="belongs to a run with another pretrained"):
        at().check()


def test_a_full_disk_is_said_and_costs_no_earlier_checkpoint(train, at, monkeypatch, tmp_path):
    with pytest.raises(Killed):
        train(at(), Diary(5))
    state = at().within("select").newest()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match="No space left") as caught:
        at().keep(state)
    assert "--resume" in caught.value.remedy
    assert at().within("select").newest().done == 4
    assert len(list((tmp_path / "checkpoints" / "select").iterdir())) == 2
