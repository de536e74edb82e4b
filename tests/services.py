"""Services of a run that listen on loopback."""

import io
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep
from typing import NamedTuple

import httpx

import banian
from banian.cli.serve import fold, open_live
from banian.features.appended import NOTHING_APPENDED
from banian.features.taking_rows import AbstractLiveStore
from banian.serving.app import Pages, build_app
from banian.serving.event_work import EventWork
from banian.serving.run import make_server
from banian.serving.service import Service

WORK = EventWork(open_live, fold)
KEEPING = EventWork(open_live, lambda *_: NOTHING_APPENDED)
"""Leaves events in the log, so that a service ends at once."""


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
def listening(service: Service, log: io.StringIO, pages: Pages | None = None) -> Iterator[Served]:
    """Let a service listen on loopback, in a thread."""
    server = make_server(service.settings, build_app(service, pages))
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
