from importlib.util import find_spec

import pytest

from banian.training.recorders import MLflowRecorder, RunLog, TensorBoardRecorder, WandbRecorder

OPEN = {
    "run_log": lambda path: RunLog(path / "log.jsonl"),
    "tensorboard": TensorBoardRecorder,
    "mlflow": lambda path: MLflowRecorder(
        f"sqlite:///{path}/mlflow.db", path, experiment="shop", params={}
    ),
    "wandb": lambda path: WandbRecorder(path, project="shop", config={}),
}


@pytest.mark.parametrize("sink", OPEN)
def test_a_run_that_never_trains_leaves_nothing_behind(sink, tmp_path):
    if sink != "run_log" and find_spec(sink) is None:
        pytest.skip(f"the extra {sink} is not installed")
    recorder = OPEN[sink](tmp_path)
    recorder.stage("reading tables")
    recorder.close(failed=True)
    assert list(tmp_path.iterdir()) == []
