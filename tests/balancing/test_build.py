import subprocess
import sys

import pytest

from banian.balancing import build_balance, check_extras
from banian.errors import DependencyError
from banian.spec import AlternatingSpec, CAGradSpec, MGDASpec

GRAINS = {"spend": "customers", "churn": "customers", "returned": "lines"}


@pytest.mark.parametrize("module", ["cvxpy", "clarabel"])
def test_a_balance_whose_extra_is_missing_says_what_to_install(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    check_extras(MGDASpec())
    with pytest.raises(DependencyError) as caught:
        check_extras(CAGradSpec())
    assert caught.value.problem == f"The package {module} is not installed."
    assert caught.value.remedy == 'pip install "banian[balance]"'


def test_tasks_are_numbered_by_name_and_grains_know_theirs():
    balance = build_balance(AlternatingSpec(by="grain"), GRAINS, updates_per_epoch=1)
    assert balance.groups == (0, 1, 0)  # churn, returned, spend


def test_importing_the_package_does_not_import_what_takes_seconds():
    code = "import banian.balancing, sys; sys.exit('torchjd' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
