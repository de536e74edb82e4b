"""Several processes on one socket: each answers, they count together, and one that dies is replaced."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import httpx

BANIAN = Path(sys.executable).with_name("banian")
ASK = {"asks": [{"task": "spend", "customer_id": "c00001"}]}


def until(condition: Callable[[], object]) -> None:
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end
        sleep(0.05)


def processes_of(parent: int) -> set[int]:
    """Give the processes of a service that answer, without what keeps track of their files."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    }


def ask(address: str, path: str = "/v1/predict") -> httpx.Response | None:
    """Ask by a new connection, which any process may take."""
    try:
        if path == "/v1/predict":
            return httpx.post(address + path, json=ASK, timeout=20, trust_env=False)
        return httpx.get(address + path, timeout=20, trust_env=False)
    except httpx.TransportError:
        return None  # of the one that was killed


class Alone:
    """While it lasts, one process of several stands still, so that the other must answer."""

    def __init__(self, *others: int) -> None:
        self.others = others

    def __enter__(self) -> None:
        for other in self.others:
            os.kill(other, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        for other in self.others:
            os.kill(other, signal.SIGCONT)


def counted(address: str) -> float:
    lines = ask(address, "/metrics").text.splitlines()
    found = [line for line in lines if line.startswith('banian_answers_total{task="spend"}')]
    return float(found[0].split()[-1]) if found else 0.0


def test_two_processes_answer_count_together_and_outlive_one_of_them(run, publish):
    command = [BANIAN, "serve", run, "--port", "0", "--workers", "2", "--deadline-ms", "20000"]
    process = subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True)
    lines: list[str] = []
    reader = Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")), daemon=True)
    reader.start()
    try:
        until(lambda: any("Listening at" in line for line in lines) or process.poll() is not None)
        (line,) = [line for line in lines if "Listening at" in line]
        address = line.split()[2].rstrip(".")
        until(lambda: len(processes_of(process.pid)) == 2)
        one, two = processes_of(process.pid)
        model = ask(address).json()["model"]
        for other in (one, two):
            with Alone(other):
                assert ask(address).json()["model"] == model
        assert counted(address) == 3
        publish("another")
        for other in (one, two):
            with Alone(other):
                until(lambda: ask(address, "/v1/model").json()["model"] != model)
        known = counted(address)
        os.kill(one, signal.SIGKILL)
        until(lambda: len(processes_of(process.pid) - {one, two}) == 1)
        with Alone(two):
            answered = ask(address)
            assert answered.json()["model"] != model
        assert any('"a process ended"' in line for line in lines)
        assert counted(address) == known + 1  # what the dead one counted is not lost
        left = processes_of(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()
