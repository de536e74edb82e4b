import struct
import sys
from importlib.util import find_spec
from time import monotonic

import pytest

from banian.training.recorders import Background, Shielded, WandbRecorder
from banian.training.recorders import wandb as module

pytestmark = pytest.mark.skipif(
    find_spec("wandb") is None, reason="the extra wandb is not installed"
)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    for name in ("CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(tmp_path / "home"))
    for name in ("WANDB_MODE", "WANDB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    yield
    import wandb

    wandb.teardown()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "shop"


def open_recorder(folder):
    return WandbRecorder(folder, project="shop", config={"model.width": "64"})


def read(path):
    """Give the records of a transaction log: a head of 7 bytes, then (checksum, length, kind) before each record."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, at, records = path.read_bytes(), 7, []
    while at < len(content):
        _, length, kind = struct.unpack_from("<IHB", content, at)
        assert kind == 1, "the record spans blocks: write a shorter test"
        records.append(Record.FromString(content[at + 7 : at + 7 + length]))
        at += 7 + length
    return records


def history(records):
    rows = [record.history.item for record in records if record.HasField("history")]
    return [{"/".join(item.nested_key): item.value_json for item in row} for row in rows]


def logs(folder):
    import wandb

    wandb.teardown()  # its process writes on for some milliseconds
    return sorted(folder.glob("wandb/offline-run-*/run-*.wandb"))


def test_a_run_offline_holds_its_configuration_and_every_score(folder, tell_run, capfd):
    recorder = Background(open_recorder(folder))
    tell_run(recorder)
    recorder.close(failed=False)
    assert capfd.readouterr() == ("", "")
    (path,) = logs(folder)
    records = read(path)
    (run,) = (record.run for record in records if record.HasField("run"))
    assert (run.project, run.display_name) == ("shop", "shop")
    assert {item.key: item.value_json for item in run.config.update}["model.width"] == '"64"'
    rows = history(records)
    assert len(rows) == 5
    assert [row.get("select/step") for row in rows] == ["2", "4", "6", None, None]
    assert [row.get("refit/step") for row in rows] == [None, None, None, "3", "5"]
    assert float(rows[1]["select/valid_loss/churn"]) == 1 / 4
    (end,) = (record.exit for record in records if record.HasField("exit"))
    assert end.exit_code == 0


def test_a_resumed_run_goes_on_under_the_same_name_and_nothing_doubles(
    folder, make_scored, tell_run
):
    killed = open_recorder(folder)
    killed.start("select", 6, 0)
    for step in (2, 4):
        killed.score(make_scored("select", step))
    killed.close(failed=True)
    (first,) = logs(folder)
    first = first.parent.rename(folder / "wandb" / "offline-run-an-hour-ago") / first.name
    resumed = open_recorder(folder)
    tell_run(resumed, "select", 2)
    resumed.close(failed=False)
    (second,) = set(logs(folder)) - {first}
    assert first.name == second.name
    rows = history(read(first)) + history(read(second))
    assert [row.get("select/step") for row in rows] == ["2", "4", "6", None, None]
    assert [row["_step"] for row in rows] == ["0", "1", "2", "3", "4"]


def test_nobody_is_asked_for_a_key(folder, tell_run, refusing, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("WANDB_BASE_URL", f"http://{refusing}")
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    told = []
    with Shielded(open_recorder(folder), told.append) as recorder:
        tell_run(recorder)
    assert len(told) == 1
    assert "No API key configured" in told[0]


@pytest.mark.parametrize("server", ["refusing", "silent"])
def test_a_server_out_of_reach_neither_fails_nor_holds_up_a_run(
    server, request, folder, tell_run, monkeypatch
):
    monkeypatch.setitem(module._SETTINGS, "init_timeout", 1.0)
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("WANDB_API_KEY", "0123456789" * 4)
    monkeypatch.setenv("WANDB_BASE_URL", f"http://{request.getfixturevalue(server)}")
    told, begun = [], monotonic()
    with Shielded(Background(open_recorder(folder)), told.append) as recorder:
        tell_run(recorder)
    assert monotonic() - begun < 15
    assert len(told) == 1
    assert told[0].startswith("Weights & Biases is told no more, the run goes on.")
