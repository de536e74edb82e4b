"""One run that is served, and services of copies of it that tests may change."""

import io
import json
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from time import sleep
from typing import NamedTuple

import httpx
import pytest
from shop_run import store_shop

import banian
from banian.bundle import load_bundle, save_bundle
from banian.cli.serve import fold, open_live
from banian.serving.app import build_app
from banian.features.appended import NOTHING_APPENDED
from banian.features.taking_rows import AbstractLiveStore
from banian.serving.event_work import EventWork
from banian.serving.keys import add_key
from banian.serving.run import make_server
from banian.serving.service import Service
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings


WORK = EventWork(open_live, fold)


class Forgetful(AbstractLiveStore):
    """Takes rows, and knows none of them."""

    def __init__(self, run: Path) -> None:
        self.applied, self.events = 0, banian.load(run).store

    def add(self, rows):
        return NOTHING_APPENDED


class Served(NamedTuple):
    client: httpx.Client
    service: Service
    log: io.StringIO

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def ask(self, *asks: dict, **headers: str):
        return self.client.post("/v1/predict", json={"asks": list(asks)}, headers=headers)


@contextmanager
def listening(service: Service, log: io.StringIO) -> Iterator[Served]:
    """Let a service listen on loopback, in a thread."""
    server = make_server(service.settings, build_app(service))
    with socket.create_server(("127.0.0.1", 0)) as heard:
        thread = Thread(target=server.run, kwargs={"sockets": [heard]})
        thread.start()
        while not server.started:
            sleep(0.005)
        cert = service.settings.tls_cert
        address = f"{'https' if cert else 'http'}://127.0.0.1:{heard.getsockname()[1]}"
        trusted = ssl.create_default_context(cafile=cert) if cert else True
        with httpx.Client(base_url=address, timeout=60, trust_env=False, verify=trusted) as client:
            yield Served(client, service, log)
        server.should_exit = True
        thread.join()


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

        def begin(**settings) -> Served:
            # Tests look at the run themselves, so that nothing depends on when the service does.
            given = {"deadline": 30.0, "watch": 3600.0, "shadow_seconds": 0.0, **settings}
            log = io.StringIO()
            service = Service(ServiceSettings(run=run, **given), WORK, ServiceLog(log))
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
