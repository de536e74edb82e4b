import sys
from importlib.util import find_spec

import pytest

from banian.errors import DependencyError
from banian.training.recorders import MLflowRecorder, TensorBoardRecorder, WandbRecorder

HAS_ALEMBIC = pytest.mark.skipif(
    find_spec("alembic") is None, reason="the extra mlflow is not installed"
)
MAKE = {
    "mlflow": lambda path: MLflowRecorder("sqlite://", path, experiment="shop", params={}),
    "tensorboard": TensorBoardRecorder,
    "wandb": lambda path: WandbRecorder(path, project="shop", config={}),
}


@pytest.mark.parametrize(
    ("extra", "package"),
    [
        ("mlflow", "alembic"),
        pytest.param("mlflow", "mlflow", marks=HAS_ALEMBIC),
        ("tensorboard", "tensorboard"),
        ("wandb", "wandb"),
    ],
)
def test_a_missing_package_is_named_with_the_line_that_installs_it(
    extra, package, tmp_path, monkeypatch
):
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DependencyError) as caught:
        MAKE[extra](tmp_path)
    assert caught.value.problem == f"The package {package} is not installed."
    assert caught.value.remedy == f'pip install "banian[{extra}]"'
