"""A fit that was killed and resumed leaves the bundle of an undisturbed one."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from typing_extensions import override

import banian
from banian.errors import RunError
from banian.storage import only_writer
from banian.training import AbstractRecorder


class Interrupting(AbstractRecorder):
    """Presses Ctrl-C when so many steps of a phase were made, or when a stage of this name begins."""

    def __init__(self, steps: int = -1, phase: str = "select", stage: str = ""):
        self._steps, self._phase, self._stage = steps, phase, stage
        self.stages, self.begun = [], []

    @override
    def stage(self, name):
        self.stages.append(name)
        if self._stage and name.startswith(self._stage):
            raise KeyboardInterrupt

    @override
    def start(self, phase, steps, done):
        self.begun.append((phase, done))

    @override
    def step(self):
        self._steps -= self.begun[-1][0] == self._phase
        if self._steps == 0:
            raise KeyboardInterrupt

    @override
    def score(self, scored): ...

    @override
    def finish(self): ...


def fit_as(run, out, recorder, *, data=None, **options):
    """Fit as the shared run was; give what was heard."""
    spec = banian.load_spec(run.spec, overrides=run.settings)
    data = run.spec.parent if data is None else data
    banian.fit(spec, data, out, recorder=recorder, checkpoint_seconds=0.0, **options)
    return recorder


@pytest.fixture
def fit(run, tmp_path):
    return partial(fit_as, run, tmp_path)


@pytest.fixture(scope="module")
def stopped(run, tmp_path_factory):
    """The folder of a run that was interrupted at its fifth step."""
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.raises(KeyboardInterrupt):
        fit_as(run, folder, Interrupting(steps=5))
    return folder


@pytest.fixture
def left(stopped, tmp_path):
    """A copy of it, where `fit` goes on."""
    return shutil.copytree(stopped, tmp_path, dirs_exist_ok=True)


def sums(folder: Path) -> str:
    return (folder / "bundle" / "SHA256SUMS").read_text()


def test_a_run_interrupted_at_every_turn_ends_as_the_undisturbed_one(fit, run, tmp_path):
    for where in (
        {"stage": "building"},
        {"steps": 3},
        {"steps": 3, "phase": "refit"},
        {"stage": "judging"},
    ):
        with pytest.raises(KeyboardInterrupt):
            fit(Interrupting(**where), resume=True)
        assert not (tmp_path / "bundle").exists()
    last = fit(Interrupting(), resume=True)
    assert last.begun[0][0] == "refit"
    assert last.begun[0][1] > 0
    assert not any(stage.startswith(("reading orders", "building")) for stage in last.stages)
    assert sums(tmp_path) == sums(run.out)
    assert list((tmp_path / "checkpoints").iterdir()) == []


@pytest.mark.usefixtures("left")
def test_without_resume_a_run_starts_anew_from_the_cached_examples(fit):
    second = Interrupting(steps=3)
    with pytest.raises(KeyboardInterrupt):
        fit(second)
    assert second.begun == [("select", 0)]
    assert "reading examples from the cache" in second.stages
    assert "reading batches-select from the cache" in second.stages


@pytest.mark.usefixtures("left")
def test_a_checkpoint_of_another_seed_is_refused(fit):
    with pytest.raises(RunError, match="another seed"):
        fit(Interrupting(), resume=True, seed=1)


@pytest.mark.usefixtures("left")
def test_with_other_data_nothing_made_before_is_used(fit, run, tmp_path):
    tables = tmp_path / "other tables"
    shutil.copytree(run.spec.parent, tables)
    lines = (tables / "orders.csv").read_text().splitlines()
    (tables / "orders.csv").write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(RunError, match="another data"):
        fit(Interrupting(), resume=True, data=tables)
    other = Interrupting(steps=1)
    with pytest.raises(KeyboardInterrupt):
        fit(other, data=tables)
    assert "building examples: customers" in other.stages
    assert not any("from the cache" in stage for stage in other.stages)


def test_two_runs_cannot_write_to_one_folder(fit, tmp_path):
    with only_writer(tmp_path), pytest.raises(RunError, match="Another process is writing to"):
        fit(Interrupting())
