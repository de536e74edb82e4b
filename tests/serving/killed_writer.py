"""A writer of events that is killed again and again: `killed_writer.py RUN ROUNDS SEED` prints what was acknowledged.

The modules are loaded once; each writer is a fork that is killed with -9 at a random moment. Rows that were not
acknowledged are sent again under the same key, as a client does.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from banian.bundle import load_bundle
from banian.cli.serve import fold, open_live
from banian.features import StoredEvents
from banian.inference import Predictor
from banian.serving import known_events
from banian.serving.answering import Answering
from banian.serving.append_events import Events, EventWriter
from banian.serving.audit_log import AuditLog
from banian.serving.event_work import EventWork
from banian.serving.measures import Measures
from banian.serving.served_model import ModelOptions, ServedModel
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings
from banian.workflows import open_store  # noqa: F401 -- loaded before the forks


class Holder:
    """The model, as far as a writer needs it."""

    def __init__(self, bundle, run: Path) -> None:
        store = StoredEvents(bundle.spec, bundle.types, run / "store")
        self.current = ServedModel(
            predictor=Predictor(bundle, store, run),
            version="model",
            fitted="model",
            store="store",
            graphs="",
            answering=Answering(run, bundle, bundle),
            options=ModelOptions(),
            loaded_at=datetime.now(UTC),
        )
        self.degraded, self.renewing = (), None


def body_of(number: int) -> bytes:
    """Write the rows of a request."""
    at = (datetime(2026, 1, 1) + timedelta(seconds=number)).isoformat()
    order = {"order_id": f"e{number}", "customer_id": f"c{number % 50:05}", "ordered_at": at}
    return json.dumps({"orders": [{**order, "quantity": 1, "price": 2.5}]}).encode()


def write(bundle, run: Path, first: int, out: int) -> None:
    log = ServiceLog(open(os.devnull, "w"))  # noqa: SIM115
    work, audit = EventWork(open_live, fold), AuditLog(run / "audit.jsonl")
    known_events._MOST = 20
    writer = EventWriter(
        work,
        Holder(bundle, run),
        ServiceSettings(run=run),
        audit=audit,
        measures=Measures(),
        log=log,
    )
    number = first
    while True:
        several = [
            Events(body_of(n), None, str(n), once=f"key {n}") for n in range(number, number + 3)
        ]
        for one in several:
            writer.put(one)
        for one in several:
            one.done.result()
            os.write(out, f"{one.request_id}\n".encode())
        number += 3


def main(run: Path, rounds: int, seed: int) -> None:
    chance, bundle, acknowledged = random.Random(seed), load_bundle(run), set[int]()
    for _ in range(rounds):
        first = max(acknowledged, default=-1) + 1
        into, out = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(into)
            write(bundle, run, first, out)
        os.close(out)
        with open(into) as told:
            if chance.random() < 0.8:
                acknowledged.add(int(told.readline()))  # it has begun
            time.sleep(chance.random() ** 2 * 0.6)
            os.kill(child, signal.SIGKILL)
            acknowledged |= {int(line) for line in told if line.endswith("\n")}
        os.waitpid(child, 0)
    sys.stdout.write(json.dumps(sorted(acknowledged)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
