"""One run that is served, and services of copies of it that tests may change."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from services import WORK, Forgetful, Served, listening
from shop_run import one_set_shop, store_shop

import banian
from banian.bundle import load_bundle, save_bundle
from banian.features.appended import NOTHING_APPENDED
from banian.serving.event_work import EventWork
from banian.serving.keys import add_key
from banian.serving.service import Service
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings


@pytest.fixture(scope="session")
def stored(make_once) -> Path:
    """A run with its store, which nobody may change."""
    return make_once("stored-run", partial(store_shop, make_once))


@pytest.fixture(scope="session")
def model(stored):
    return banian.load(stored)


@pytest.fixture
def run(stored, tmp_path) -> Path:
    """A copy, to be changed."""
    return shutil.copytree(stored, tmp_path / "run")


@pytest.fixture
def start(run) -> Iterator[Callable[..., Served]]:
    """Start a service of the copy; it ends with the test."""
    with ExitStack() as stack:

        def begin(work: EventWork = WORK, *, folder: Path = run, **settings) -> Served:
            # Tests look at the run themselves, so that nothing depends on when the service does.
            given = {"deadline": 30.0, "watch": 3600.0, "shadow_seconds": 0.0, **settings}
            log = io.StringIO()
            service = Service(ServiceSettings(run=folder, **given), work, ServiceLog(log))
            return stack.enter_context(listening(service, log))

        yield begin


@pytest.fixture(scope="session")
def usual(stored, tmp_path_factory) -> Iterator[Served]:
    """A service with the usual settings, to which nothing may be published, and which forgets events."""
    folder = shutil.copytree(stored, tmp_path_factory.mktemp("served") / "run")
    log = io.StringIO()
    forgetting = EventWork(lambda *_: Forgetful(folder), lambda *_: NOTHING_APPENDED)
    settings = ServiceSettings(run=folder, deadline=30.0, watch=3600.0, most_text=1000)
    service = Service(settings, forgetting, ServiceLog(log))
    with listening(service, log) as served:
        yield served


@pytest.fixture
def publish(run) -> Callable[..., None]:
    """Put another bundle into the run, which gives the same answers unless something is changed in it."""

    def put(note: str, change: Callable[[object], object] = lambda bundle: bundle) -> None:
        bundle = change(load_bundle(run))
        save_bundle(replace(bundle, card={**bundle.card, "note": note}), run / "bundle")

    return put


@pytest.fixture
def key_file(tmp_path) -> Callable[..., dict[str, str]]:
    """Make keys; gives the header for each."""

    def make(**keys: dict) -> dict[str, dict[str, str]]:
        return {
            name: {"Authorization": f"Bearer {add_key(tmp_path / 'keys.json', name, **said)}"}
            for name, said in keys.items()
        }

    return make


@pytest.fixture(scope="session")
def with_one_set(make_once) -> Path:
    """The stored run with one set of weights beside its bundle, which nobody may change."""
    return make_once("one-set-run", partial(one_set_shop, make_once))


@pytest.fixture
def graphed(with_one_set, tmp_path) -> Path:
    """A run whose bundle is that one set, with its graphs and its store."""
    run = shutil.copytree(with_one_set / "one_set", tmp_path / "graphed")
    shutil.copytree(with_one_set / "store", run / "store")
    return run
