"""Machines that share a stream in Redis know the same; where Redis is away they go on answering, and say so."""

import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest
from services import KEEPING, Served, listening

from banian.errors import DependencyError, RunError
from banian.serving import event_stream
from banian.serving.event_stream import EventStream, StreamAwayError
from banian.serving.service import Service
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings

REDIS = shutil.which("redis-server")
PASSWORD = "tell-nobody"
ASK = {"task": "spend", "customer_id": "c00001"}
pytestmark = pytest.mark.skipif(
    REDIS is None, reason="Debian's package redis-server is not installed"
)


class Server:
    """A Redis on a free port, which keeps what it has on the disk."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder, self.process = folder, None
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        said = f'port {self.port}\nbind 127.0.0.1\ndir {self.folder}\nsave ""\nappendonly yes\nappendfsync always\n'
        said += f"requirepass {PASSWORD}\nlogfile {self.folder}/log\n"
        self.process = subprocess.Popen([str(REDIS), "-"], stdin=subprocess.PIPE)
        self.process.stdin.write(said.encode())
        self.process.stdin.close()
        end = monotonic() + 10
        while True:
            try:
                EventStream(self.url, "none").read("")
                return
            except StreamAwayError:
                assert monotonic() < end
                sleep(0.02)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def redis(tmp_path) -> Iterator[Server]:
    folder = tmp_path / "redis"
    folder.mkdir()
    server = Server(folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def machine(stored, tmp_path, redis) -> Iterator:
    """Start a service of a copy of the run that is its own."""
    with ExitStack() as stack:

        def begin(name: str) -> Served:
            folder = tmp_path / name
            if not folder.exists():
                shutil.copytree(stored, folder)
            log = StringIO()
            settings = ServiceSettings(run=folder, deadline=30.0, watch=3600.0, redis=redis.url)
            return stack.enter_context(listening(Service(settings, KEEPING, ServiceLog(log)), log))

        yield begin


def send(served: Served, name: str, **headers: str):
    row = {
        "order_id": name,
        "customer_id": "c00001",
        "ordered_at": "2025-12-29T10:00",
        "price": 9.5,
    }
    return served.client.post("/v1/events", json={"orders": [row]}, headers=headers)


def until(holds) -> None:
    end = monotonic() + 10
    while not holds():
        assert monotonic() < end
        sleep(0.01)


def test_what_one_machine_is_sent_the_others_know(machine):
    one, two = machine("one"), machine("two")
    told = send(one, "x1", **{"Idempotency-Key": "k"}).json()
    assert (told["added"], told["repeated"]) == (1, False)
    until(lambda: two.service.holder.current.store == one.service.holder.current.store)
    assert two.ask(ASK).json()["answers"] == one.ask(ASK).json()["answers"]
    again = send(two, "x1", **{"Idempotency-Key": "k"}).json()
    assert (again["added"], again["repeated"]) == (0, True)
    send(two, "x2")
    late = machine("late")  # it reads the stream from the beginning
    until(lambda: late.ask(ASK).json()["answers"] == two.ask(ASK).json()["answers"])
    for served in (one, two):
        assert PASSWORD not in served.log.getvalue()
        assert PASSWORD not in repr(served.service.settings)


def test_while_redis_is_away_answers_go_on_and_say_so(machine, redis):
    served = machine("one")
    send(served, "x1")
    stop = Event()

    def ask() -> list:
        said = []
        while not stop.is_set():
            got = served.ask(ASK)
            said.append((got.status_code, got.json().get("degraded")))
        return said

    with ThreadPoolExecutor(2) as threads:
        asking = threads.submit(ask)
        redis.kill()
        until(lambda: served.service.holder.degraded)
        refused = send(served, "x2")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert PASSWORD not in refused.text
        told = served.client.get("/readyz").json()
        assert (told["ready"], told["degraded"]) == (True, ["events"])
        assert "banian_degraded 1.0" in served.client.get("/metrics").text
        redis.start()
        begun = monotonic()
        while send(served, "x2").status_code != 200:
            sleep(0.02)
        assert monotonic() - begun < 2
        until(lambda: not served.service.holder.degraded)
        stop.set()
        said = asking.result()
    assert {status for status, _ in said} == {200}
    assert ["events"] in [degraded for _, degraded in said]
    assert PASSWORD not in served.log.getvalue()
    two = machine("two")
    until(lambda: two.service.holder.current.store == served.service.holder.current.store)


def test_who_is_behind_what_was_trimmed_says_that_it_needs_a_newer_store(
    machine, monkeypatch, redis
):
    one, two = machine("one"), machine("two")
    send(one, "x1")
    until(lambda: two.service.holder.current.store == one.service.holder.current.store)
    two.service.close()
    name = one.service.events._known._stream._name
    short = EventStream(redis.url, name, kept=1)
    record = short.read("")[0][1]
    for _ in range(250):
        short.add(record)
    again = machine("two")
    until(lambda: again.service.holder.degraded == ("events", "behind"))
    refused = send(again, "x2")
    assert refused.status_code == 503
    assert "Copy the run" in refused.json()["remedy"]
    assert again.ask(ASK).json()["degraded"] == ["events", "behind"]
    assert send(one, "x2").status_code == 200  # it was there all the time


def test_what_is_no_address_and_a_library_that_is_not_there_are_refused_at_once(monkeypatch):
    with pytest.raises(RunError, match="begins with 'http'"):
        EventStream(f"http://:{PASSWORD}@host", "name")
    monkeypatch.setitem(__import__("sys").modules, "redis", None)
    with pytest.raises(DependencyError, match="redis") as fault:
        EventStream("redis://host", "name")
    assert "banian[redis]" in fault.value.remedy
    assert event_stream.KEPT > 0
