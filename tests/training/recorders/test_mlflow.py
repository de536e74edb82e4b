from importlib.util import find_spec
from time import monotonic

import pytest

from banian.training.recorders import Background, MLflowRecorder, Shielded

pytestmark = [
    pytest.mark.skipif(find_spec("mlflow") is None, reason="the extra mlflow is not installed"),
    pytest.mark.filterwarnings(
        "ignore:The ``noload`` loader strategy"
    ),  # MLflow beside SQLAlchemy 2.1
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),  # MLflow keeps its pool
]

PARAMS = {f"tasks.{at}": "churn" for at in range(120)} | {"model": "x" * 7000, "note": ""}


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    """One file for all tests: to lay out its tables takes a second."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def read(uri):
    def find(folder):
        from mlflow import MlflowClient

        client = MlflowClient(uri)
        experiment = client.get_experiment_by_name("shop").experiment_id
        runs = client.search_runs([experiment], f"attributes.run_name = '{folder.name}'")
        return [
            (
                run,
                {key: client.get_metric_history(run.info.run_id, key) for key in run.data.metrics},
            )
            for run in runs
        ]

    return find


def open_recorder(uri, folder):
    return MLflowRecorder(uri, folder, experiment="shop", params=PARAMS)


def test_a_run_in_an_sqlite_file_holds_parameters_and_every_score(
    uri, read, tell_run, tmp_path, capfd
):
    recorder = Background(open_recorder(uri, tmp_path))
    tell_run(recorder)
    recorder.close(failed=False)
    assert capfd.readouterr() == ("", "")
    ((run, metrics),) = read(tmp_path)
    assert run.info.status == "FINISHED"
    assert run.data.params["tasks.119"] == "churn"
    assert set(run.data.params) == set(PARAMS)
    assert len(metrics) == 18
    losses = [(metric.step, metric.value) for metric in metrics["select/valid_loss/churn"]]
    assert losses == [(2, 1 / 2), (4, 1 / 4), (6, 1 / 6)]
    assert [metric.step for metric in metrics["refit/train_loss/spend"]] == [3, 5]


def test_a_resumed_run_goes_on_as_the_same_run_and_nothing_doubles(
    uri, read, make_scored, tell_run, tmp_path
):
    killed = open_recorder(uri, tmp_path)
    killed.start("select", 6, 0)
    for step in (2, 4):
        killed.score(make_scored("select", step))
    ((run, _),) = read(tmp_path)
    assert run.info.status == "RUNNING"
    resumed = open_recorder(uri, tmp_path)
    tell_run(resumed, "select", 2)
    resumed.close(failed=False)
    ((run, metrics),) = read(tmp_path)
    assert run.info.status == "FINISHED"
    assert [metric.step for metric in metrics["select/metric/churn"]] == [2, 4, 6]


def test_a_run_that_begins_anew_is_another_run_and_one_that_fails_says_so(
    uri, read, tell_run, tmp_path
):
    for failed in (False, True):
        recorder = open_recorder(uri, tmp_path)
        tell_run(recorder)
        recorder.close(failed=failed)
    assert sorted(run.info.status for run, _ in read(tmp_path)) == ["FAILED", "FINISHED"]


def test_a_loss_that_is_no_number_is_logged_as_such(uri, read, make_scored, tmp_path):
    recorder = open_recorder(uri, tmp_path)
    recorder.start("select", 6, 0)
    recorder.score(make_scored("select", 1, loss=float("nan")))
    recorder.score(make_scored("select", 2))
    ((_, metrics),) = read(tmp_path)
    first, second = (metric.value for metric in metrics["select/train_loss/churn"])
    assert first != first
    assert second == 0.5


@pytest.mark.parametrize("server", ["refusing", "silent"])
def test_a_server_out_of_reach_neither_fails_nor_holds_up_a_run(
    server, request, tell_run, tmp_path, monkeypatch
):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    uri = f"http://ann:hunter22@{request.getfixturevalue(server)}"
    told, begun = [], monotonic()
    with Shielded(Background(open_recorder(uri, tmp_path)), told.append) as recorder:
        tell_run(recorder)
    assert monotonic() - begun < 10
    assert len(told) == 1
    assert told[0].startswith("MLflow is told no more, the run goes on.")
    assert "hunter22" not in told[0]
