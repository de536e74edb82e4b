import subprocess
import sys

import pytest
import torch

from banian.training.batch_rows import use_threads
from banian.training.reproducible import reproducible


@pytest.mark.parametrize(
    ("rows", "fields", "threads"), [(1, 1, 1), (2048, 10, 1), (2048, 255, 1), (2048, 256, 2)]
)
def test_threads_follow_from_the_data_alone_and_are_given_back(rows, fields, threads):
    before = torch.get_num_threads()
    with reproducible():
        use_threads(rows, fields)
        assert torch.get_num_threads() == threads
    assert torch.get_num_threads() == before


def test_whoever_imports_the_package_first_lets_waiting_threads_go_soon():
    code = "import os, banian, torch; print(os.environ['GOMP_SPINCOUNT'])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "1000\n"
