import json
from datetime import datetime, timedelta, timezone

import pytest

from banian.storage import read_lines
from banian.training.recorders import RunLog

NOON = datetime(2026, 3, 1, 13, 0, 0, tzinfo=timezone(timedelta(hours=1)))
CHECKPOINTS = [("select", at) for at in range(7)] + [("refit", at) for at in range(6)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "log.jsonl"


def open_log(path):
    return RunLog(path, now=lambda: NOON)


def scores(path):
    return [event for event in read_lines(path) if event["event"] == "score"]


def newest_checkpoint(path):
    """Give the newest moment that a run can have kept by the time it had written so much."""
    moment = ("select", 0)
    for event in read_lines(path):
        if event["event"] == "score":
            moment = (event["phase"], event["step"])
        elif (event["event"], event.get("phase")) == ("start", "refit"):
            moment = ("refit", 0)
    return moment


def test_every_event_is_a_line_with_its_time(path, make_scored):
    log = open_log(path)
    log.stage("reading tables")
    log.start("refit", 9, 3)
    log.step()
    log.score(make_scored("refit", 4))
    log.finish()
    at = {"at": "2026-03-01T12:00:00.000+00:00"}
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"event": "stage", **at, "name": "reading tables"},
        {"event": "start", **at, "phase": "refit", "steps": 9, "done": 3},
        {
            "event": "score",
            **at,
            "phase": "refit",
            "step": 4,
            "epoch": 1.0,
            "train_loss": {"churn": 0.25, "spend": 0.25 / 3},
            "valid_loss": {},
            "metrics": {},
            "weights": {"churn": 0.5, "spend": 0.5},
            "gradient_norms": {"churn": 2.0, "spend": 0.25},
            "cosines": {"churn": {"spend": -0.5}},
        },
        {"event": "finish", **at, "phase": "refit"},
    ]


def test_what_is_no_number_is_null(path, make_scored):
    log = open_log(path)
    log.start("select", 9, 0)
    log.score(make_scored("select", 1, loss=float("nan")))
    log.score(make_scored("select", 2, loss=float("inf")))
    for line in path.read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)
    assert [event["train_loss"]["churn"] for event in scores(path)] == [None, None]


def test_a_run_that_begins_anew_begins_a_new_file(path, tell_run):
    tell_run(open_log(path))
    once = path.read_text()
    tell_run(open_log(path))
    assert path.read_text() == once


def test_a_run_that_never_trains_leaves_the_earlier_log(path, tell_run):
    tell_run(open_log(path))
    once = path.read_text()
    log = open_log(path)
    log.stage("reading tables")
    log.close(failed=True)
    assert path.read_text() == once


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
def test_a_finished_run_that_is_resumed_anywhere_has_the_same_scores(path, tell_run, checkpoint):
    tell_run(open_log(path))
    undisturbed = scores(path)
    tell_run(open_log(path), *checkpoint)
    assert scores(path) == undisturbed
    assert [event["phase"] for event in read_lines(path) if event["event"] == "finish"] == [
        "select",
        "refit",
    ]


def test_a_run_killed_after_any_byte_and_resumed_has_the_same_scores(path, tell_run, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: None)  # a killed process, not a power cut
    log = open_log(path)
    steps = {"select": (2, 4), "refit": (3,)}
    tell_run(log, steps=steps)
    whole, undisturbed = path.read_bytes(), scores(path)
    assert len(undisturbed) == 3
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        checkpoint = newest_checkpoint(path)
        tell_run(open_log(path), *checkpoint, steps=steps)
        assert scores(path) == undisturbed, f"killed after byte {end}, resumed at {checkpoint}"
        assert all(map(json.loads, path.read_text().splitlines()))


def test_the_stages_of_a_resumed_run_stand_after_those_of_the_first(path, tell_run):
    for checkpoint in (("select", 0), ("refit", 3)):
        log = open_log(path)
        log.stage(f"reading tables for {checkpoint[0]}")
        tell_run(log, *checkpoint)
    events = [event.get("name", event["event"]) for event in read_lines(path)]
    assert events[0] == "reading tables for select"
    assert events[-4:] == ["reading tables for refit", "start", "score", "finish"]


def test_readers_pass_over_a_torn_end(path, tell_run):
    tell_run(open_log(path))
    whole = read_lines(path)
    path.write_bytes(path.read_bytes()[:-5] + b"\x00\xff")
    assert read_lines(path) == whole[:-1]


def test_where_there_is_no_log_there_are_no_events(path):
    assert read_lines(path) == []
