"""However often a writer is killed, no row that was acknowledged is lost and none is there twice."""

import json
import subprocess
import sys
from pathlib import Path

from hypothesis import settings

from banian.bundle import load_bundle
from banian.features.append_store import read_stored_tables
from banian.features.event_log import EVENTS, EventLog
from banian.tables import build_engine
from banian.workflows.fold_events import fold_events

SCRIPT = Path(__file__).with_name("killed_writer.py")


def test_no_acknowledged_row_is_lost_and_none_is_there_twice(run):
    rounds = 200 if settings.get_current_profile_name() == "long" else 5
    command = [sys.executable, str(SCRIPT), str(run), str(rounds), "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 + 5 * rounds)
    assert done.returncode == 0, done.stderr
    acknowledged = json.loads(done.stdout)
    assert len(acknowledged) > rounds
    fold_events(run)
    log = EventLog(run / EVENTS)
    log.follow()
    bundle = load_bundle(run)
    orders = read_stored_tables(build_engine("duckdb"), bundle.spec, run / "store")["orders"]
    there = [one for one in orders.rows["order_id"].to_pyarrow().to_pylist() if one[0] == "e"]
    assert {f"e{number}" for number in acknowledged} <= set(there)
    assert (
        len(there) == len(set(there)) == log.number
    )  # each request is one record, however often it was sent
