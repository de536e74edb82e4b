"""banian serve and banian keys, as a person calls them."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
from typer.testing import CliRunner

import banian
from banian.cli.main import app
from banian.errors import ServiceError

BANIAN = Path(sys.executable).with_name("banian")


def test_keys_are_shown_once_listed_and_taken_back(tmp_path):
    file = ["--keys", str(tmp_path / "keys.json")]

    def call(*words: str):
        return CliRunner().invoke(app, ["keys", *words, *file])

    made = call("add", "ann", "--scope", "tasks=spend,merchants=m1", "--rate", "50/s", "--json")
    secret = json.loads(made.stdout)["key"]
    listed = call("list")
    assert "ann" in listed.stdout
    assert "tasks=spend merchants=m1" in listed.stdout
    assert "50/s" in listed.stdout
    assert secret not in listed.stdout
    assert call("revoke", "ann").exit_code == 0
    assert json.loads(call("list", "--json").stdout)["keys"][0]["revoked_at"]
    assert call("revoke", "ann").exit_code == 1
    assert call("add", "bob", "--rate", "many").exit_code == 2


def test_a_service_that_others_could_reach_is_not_started_without_keys(stored):
    said = CliRunner().invoke(app, ["serve", str(stored), "--host", "0.0.0.0"])
    assert said.exit_code == 1
    assert "no key would be asked for" in said.output


def test_a_served_run_answers_a_client_and_finishes_what_it_has_when_it_is_told_to_stop(run, model):
    command = [BANIAN, "serve", run, "--port", "0", "--deadline-ms", "20000"]
    process = subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True)
    lines: list[str] = []
    reader = Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")), daemon=True)
    reader.start()
    try:
        end = monotonic() + 60
        while not (found := [line for line in lines if "Listening at" in line]):
            assert process.poll() is None, lines
            assert monotonic() < end
            sleep(0.02)
        address = found[0].split()[2].rstrip(".")
        asks = [{"grain": "customers", "customer_id": f"c{who:05}"} for who in range(250)] * 8
        with banian.Client(address, timeout=30) as client:
            one = client.predict({"task": "spend", "customer_id": "c00001"})[0]
            alone = model.predict({"task": "spend", "customer_id": "c00001"}).to_pandas()
            assert one.value == pytest.approx(alone["value"][0], rel=1e-6)
            assert (one.keys, one.cold) == ({"customer_id": "c00001"}, ())
            with pytest.raises(ServiceError, match="there is no task 'spent'"):
                client.predict({"task": "spent"})
            said: list = []
            asking = Thread(target=lambda: said.append(client.predict(asks)))
            asking.start()
            while not any('"status": 422' in line for line in lines):
                sleep(0.01)
            sleep(0.05)
            process.send_signal(signal.SIGTERM)
            asking.join()
            assert len(said[0]) == 3 * len(asks)
        assert process.wait(30) == -signal.SIGTERM
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()
    with banian.Client(address, retries=0) as client, pytest.raises(ServiceError, match="reached"):
        client.model()
