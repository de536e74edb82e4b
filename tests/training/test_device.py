import pytest
import torch

from banian.errors import DependencyError
from banian.training import choose_device


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_asking_for_a_gpu_where_there_is_none_says_what_to_do():
    with pytest.raises(DependencyError, match="There is no GPU") as caught:
        choose_device("cuda")
    assert torch.__version__ in caught.value.problem
    assert "--device cpu" in caught.value.remedy


@pytest.mark.parametrize(("there", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_a_gpu_where_there_is_one(monkeypatch, there, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert choose_device("auto") == torch.device(device)


def test_the_cpu_is_there_in_any_case(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("cpu") == torch.device("cpu")
