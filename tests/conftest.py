"""What all tests share: how many examples hypothesis draws, what starts first, and what two workers make but once."""

import fcntl
import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jaxtyping
import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # for what several folders share
settings.register_profile("gate", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("long", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("gate")

_LONGER = 20
"""How many times the examples that a test names are drawn in `make test-long`."""


_ALONE = "test_best_possible"
"""A long file that shares nothing: while one worker is at it, the other makes what all share."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that no worker is alone with it at the end; draw more where there is time."""
    items.sort(key=lambda item: (item.path.stem != _ALONE, "integration" not in item.path.parts))
    if settings.get_current_profile_name() != "long":
        return
    for test in {getattr(item, "function", None) for item in items}:
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is not None:
            more = settings(own, max_examples=_LONGER * own.max_examples, derandomize=False)
            test._hypothesis_internal_use_settings = more


def pytest_collection_finish() -> None:
    """Look no more through what is there for good, modules above all, for what can be forgotten."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let what is there for good be forgotten, so that nothing says at the end that it was not."""
    gc.unfreeze()


_WHOLE_WAY = {"integration", "workflows", "cli", "bundle", "training", "selection", "serving"}
"""Folders of tests that go the whole way, whose parts have tests of their own."""
_checked = set[object]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check types and shapes in the first case of each test of the parts: it takes half of the time of a fit."""
    function = getattr(item, "function", item)
    is_first = function not in _checked and _WHOLE_WAY.isdisjoint(item.path.parts)
    _checked.add(function)
    is_long = settings.get_current_profile_name() == "long"
    jaxtyping.config.update("jaxtyping_disable", not (is_first or is_long))


@pytest.fixture(scope="session", autouse=True)
def one_core() -> Iterator[None]:
    """Let a fit train its networks in turn, where a test does not say how many side by side: xdist takes the cores."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _: {0})
        yield


@pytest.fixture(scope="session")
def make_once(tmp_path_factory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Make a folder of this name once, whichever worker asks for it first; the others wait. Nobody may change it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder = shared / name
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (whole := shared / f"{name}.whole").exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def public_data(pytestconfig: pytest.Config) -> Callable[[str], Path]:
    """Find the folder of a public data set; where it is not there the test is skipped."""
    beside = pytestconfig.rootpath.parent / "shared" / "data"

    def find(name: str) -> Path:
        folder = Path(os.environ.get("BANIAN_DATA", beside)) / name
        if not folder.is_dir():
            pytest.skip(f"no {folder}: set BANIAN_DATA to the folder of the public data sets")
        return folder

    return find


@pytest.fixture(scope="session")
def gallery(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "gallery"


@pytest.fixture(scope="module")
def quick_fit() -> Iterator[None]:
    """Let a fit try one setting of trees, and measure few columns on few rows: all of the way, a tenth of the work.

    Not where its bundle is compared with that of another process.
    """
    from banian.trees import fit as tree_fit  # slow to import, which few folders need
    from banian.workflows import permutation_importance

    few = {"_PERMUTATIONS": 2, "_SHOWN": 2, "_MOST_COLUMNS": 4, "_FIRST_ROWS": 9, "_MOST_ROWS": 40}
    one = {"num_leaves": (7,), "min_data_in_leaf": (20,), "feature_fraction": (0.8,)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in few.items():
            patch.setattr(permutation_importance, name, value)
        patch.setattr(tree_fit, "_GRID", one)
        yield
