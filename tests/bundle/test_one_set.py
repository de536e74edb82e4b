"""Which bundle answers for a run: its own, or the one set of weights that was made of it."""

import json
from pathlib import Path

import pytest

from banian.bundle import ONE_SET, OneSetFacts, SetComparison, find_one_set
from banian.errors import BundleError
from banian.storage import write_sums

SAME = SetComparison("auc", 0.7, 0.69, -0.01, -0.03, 0.01, 90)
WORSE = SetComparison("mae", 10.0, 12.0, -2.0, -3.0, -1.0, 90)
UNKNOWN = SetComparison("auc", None, None, None, None, None, 0)


@pytest.fixture
def run(tmp_path) -> Path:
    bundle = tmp_path / "run" / "bundle"
    bundle.mkdir(parents=True)
    (bundle / "card.json").write_text("{}")
    write_sums(bundle)
    (tmp_path / "run" / ONE_SET).mkdir()
    return tmp_path / "run"


def put(run: Path, **tasks: SetComparison) -> OneSetFacts:
    sums = dict(
        line.split("  ")[::-1] for line in (run / "bundle/SHA256SUMS").read_text().split("\n")[:-1]
    )
    facts = OneSetFacts(sums, "average", tasks, tasks, {"customers": 2})
    facts.write(run / ONE_SET)
    return facts


def test_facts_are_read_as_they_were_written(run):
    written = put(run, click=SAME, spend=UNKNOWN)
    assert OneSetFacts.read(run / ONE_SET) == written


def test_one_set_answers_where_no_task_is_worse_beyond_noise(run):
    put(run, click=SAME, spend=UNKNOWN)
    assert find_one_set(run, wanted=None) == (run / ONE_SET, None)
    assert find_one_set(run, wanted=False) == (run, None)


def test_where_a_task_is_worse_one_set_answers_only_when_it_is_asked_for(run):
    facts = put(run, click=SAME, spend=WORSE)
    assert facts.worse == ("spend",)
    assert WORSE.loss == pytest.approx(0.2)
    home, why = find_one_set(run, wanted=None)
    assert home == run
    assert "worse at spend" in why
    assert "--one-set" in why
    assert find_one_set(run, wanted=True) == (run / ONE_SET, None)


def test_one_set_of_another_bundle_does_not_answer(run):
    put(run, click=SAME)
    (run / "bundle" / "card.json").write_text('{"note": "fitted again"}')
    write_sums(run / "bundle")
    home, why = find_one_set(run, wanted=None)
    assert home == run
    assert "another bundle" in why
    assert "banian export RUN --one-set" in why
    with pytest.raises(BundleError, match="another bundle"):
        find_one_set(run, wanted=True)


def test_one_set_that_is_not_there_is_not_missed_until_it_is_asked_for(run):
    (run / ONE_SET).rmdir()
    assert find_one_set(run, wanted=None) == (run, None)
    with pytest.raises(BundleError, match="no one set") as refused:
        find_one_set(run, wanted=True)
    assert "--one-set" in str(refused.value)


def test_facts_of_another_format_are_refused(run):
    put(run, click=SAME)
    path = run / ONE_SET / "one_set.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(BundleError, match="another Banian"):
        OneSetFacts.read(run / ONE_SET)
