from importlib.util import find_spec

import pytest

from banian.training.recorders import TensorBoardRecorder

pytestmark = pytest.mark.skipif(
    find_spec("tensorboard") is None, reason="the extra tensorboard is not installed"
)


@pytest.fixture
def recorder(tmp_path):
    recorder = TensorBoardRecorder(tmp_path)
    yield recorder
    recorder.close(failed=True)


def read(folder, phase):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "tensorboard" / phase))
    events.Reload()
    return {
        tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]
    }


def steps(folder, phase, tag="train_loss/churn"):
    return [step for step, _ in read(folder, phase)[tag]]


def test_every_figure_of_every_task_is_a_curve(recorder, tell_run, tmp_path):
    tell_run(recorder)
    select, refit = read(tmp_path, "select"), read(tmp_path, "refit")
    always = {
        f"{kind}/{task}"
        for kind in ("train_loss", "weight", "gradient_norm")
        for task in ("churn", "spend")
    } | {"cosine/churn/spend"}
    assert set(refit) == always
    assert set(select) == always | {
        f"{kind}/{task}" for kind in ("valid_loss", "metric") for task in ("churn", "spend")
    }
    assert select["valid_loss/churn"] == [(step, pytest.approx(1 / step)) for step in (2, 4, 6)]
    assert select["weight/spend"] == [(2, 0.5), (4, 0.5), (6, 0.5)]
    assert select["cosine/churn/spend"] == [(2, -0.5), (4, -0.5), (6, -0.5)]


def test_scores_can_be_read_while_the_run_goes_on(recorder, make_scored, tmp_path):
    recorder.start("select", 9, 0)
    recorder.score(make_scored("select", 3))
    assert steps(tmp_path, "select") == [3]


@pytest.mark.parametrize("torn", [0, 1, 40])
def test_the_curves_of_a_resumed_run_do_not_double(recorder, make_scored, tell_run, tmp_path, torn):
    recorder.start("select", 6, 0)
    for step in (2, 4, 5):
        recorder.score(make_scored("select", step))
    (path,) = (tmp_path / "tensorboard" / "select").iterdir()
    path = path.rename(path.with_name("events.out.tfevents.0000000001.an-hour-ago"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size - torn])
    tell_run(TensorBoardRecorder(tmp_path), "select", 2)
    assert steps(tmp_path, "select") == [2, 4, 6]
    assert steps(tmp_path, "refit") == [3, 5]


def test_a_resume_within_the_refit_leaves_the_selection_alone(recorder, tell_run, tmp_path):
    tell_run(recorder)
    tell_run(TensorBoardRecorder(tmp_path), "refit", 3)
    assert steps(tmp_path, "select") == [2, 4, 6]
    assert steps(tmp_path, "refit") == [3, 5]


def test_a_run_that_begins_anew_removes_the_curves_of_the_last(
    recorder, make_scored, tell_run, tmp_path
):
    tell_run(recorder)
    recorder.start("select", 9, 0)
    recorder.score(make_scored("select", 1))
    assert steps(tmp_path, "select") == [1]
    assert list((tmp_path / "tensorboard" / "refit").iterdir()) == []


def test_a_loss_that_is_no_number_is_drawn_as_such(recorder, make_scored, tmp_path):
    recorder.start("select", 9, 0)
    recorder.score(make_scored("select", 1, loss=float("nan")))
    ((_, value),) = read(tmp_path, "select")["valid_loss/spend"]
    assert value != value
