"""Every kind of label goes the whole way: fit, judge, bundle, predict, report."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import banian
from banian.bundle import load_bundle
from banian.spec import METRICS, TOWERS
from banian.workflows.report import report

sys.path.insert(0, str(Path(__file__).parent))
from every_kind import write_shop

CHOOSING = ("next", "far", "reason", "size", "gain")
COVERED = ("number", "scattered", "spend", "value", "usual", "most", "stars")


class Run(NamedTuple):
    spec: Path
    out: Path
    result: object
    judged: pd.DataFrame

    def of(self, task: str) -> pd.DataFrame:
        return self.judged[self.judged["task"] == task]


@pytest.fixture(scope="module")
def run(tmp_path_factory, quick_fit) -> Run:
    folder = tmp_path_factory.mktemp("every-kind")
    spec = write_shop(folder / "tables")
    with pytest.MonkeyPatch.context() as patch:  # customers are judged in two parts
        patch.setattr("banian.inference.parts._MOST_NUMBERS", 1600)
        result = banian.fit(banian.load_spec(spec), spec.parent, folder / "run", device="cpu")
    table = pq.read_table(folder / "run" / "test_predictions.parquet")
    return Run(spec, folder / "run", result, table.to_pandas())


def test_the_shop_asks_for_every_kind_and_every_tower(run):
    assert {score.kind for score in run.result.scores.values()} == set(METRICS)
    state = json.loads((run.out / "bundle" / "joint" / "state.json").read_text())
    towers = [t for grain in state["grains"].values() for t in grain["tasks"].values()]
    learned = {tower["tower"] or TOWERS[tower["kind"]][0] for tower in towers}
    assert learned == {name for names in TOWERS.values() for name in names}


def test_every_task_is_scored_by_all_its_metrics_beside_a_constant(run):
    for task, score in run.result.scores.items():
        assert score.rows > 50, task
        assert np.isfinite([score.value, score.constant, *score.interval]).all(), task
        assert set(METRICS[score.kind]) <= set(score.metrics), task
    kinds = ("binary", "multiclass")
    for task, score in run.result.scores.items():
        named = "expected_calibration_error" in score.metrics
        assert named == (score.kind in kinds or task == "stars")


@pytest.mark.parametrize("task", COVERED)
def test_intervals_hold_most_labels_and_their_value(run, task):
    rows = run.of(task)
    assert (rows["lower"] <= rows["value"]).all()
    assert (rows["value"] <= rows["upper"]).all()
    known = rows.dropna(subset=["label"])
    inside = (known["lower"] <= known["label"]) & (known["label"] <= known["upper"])
    assert run.result.scores[task].coverage == pytest.approx(inside.mean())
    assert 0.7 <= inside.mean() <= 1


def test_probabilities_have_intervals_of_their_own_and_choices_none(run):
    rows = run.of("again")
    assert ((rows["lower"] > 0) & (rows["lower"] < rows["value"])).all()
    assert ((rows["value"] < rows["upper"]) & (rows["upper"] < 1)).all()
    for task in CHOOSING:
        assert run.of(task)["lower"].isna().all()
        assert run.result.scores[task].coverage is None


def test_choices_name_what_is_best_the_best_first(run):
    for task in run.result.scores:
        rows = run.of(task)
        assert rows["choice"].notna().all() == (task in CHOOSING)
        for choice, choices, value in zip(
            rows["choice"], rows["choices"], rows["value"], strict=True
        ):
            if task in CHOOSING:
                said = [one["value"] for one in choices]
                assert choice == choices[0]["name"]
                assert value == said[0] == max(said)
                assert said == sorted(said, reverse=True)
    assert {len(one) for one in run.of("next")["choices"]} == {3}
    assert {one["name"] for one in run.of("gain")["choices"].iloc[0]} == {"mail", "call"}
    assert {one["name"] for one in run.of("size")["choices"].iloc[0]} == {"38", "40", "42"}


def test_a_class_that_training_never_saw_is_unknown_and_never_the_choice(run):
    rows = run.of("reason")
    unknown = rows[[a is not None and a[0] == "(unknown)" for a in rows["answers"]]]
    assert len(unknown) >= 4
    assert (unknown["likelihood"] > 0).all()
    assert (unknown["likelihood"] < 0.1).all()
    assert set(rows["choice"]) <= {"late", "size", "colour"}


def test_what_came_true_stands_beside_by_name(run):
    orders = pq.read_table(run.spec.parent / "orders.parquet").to_pandas().set_index("id")
    reason = run.of("reason").dropna(subset=["label"])
    for row, answers in zip(reason["id"].astype(int), reason["answers"], strict=True):
        truth = orders.loc[row, "reason"]
        assert answers[0] == ("(unknown)" if truth.startswith(("seen", "never")) else truth)
    gain = run.of("gain").dropna(subset=["label"])
    assert [one[0] for one in gain["answers"]] == orders.loc[gain["id"], "arm"].tolist()
    following = run.of("next").dropna(subset=["label"])
    assert [len(one) for one in following["answers"]] == following["label"].tolist()


def test_the_treatment_is_no_feature_of_the_rows_that_were_treated(run):
    fields = json.loads((run.out / "bundle" / "joint" / "state.json").read_text())["features"][
        "entities"
    ]
    assert "arm" not in fields["orders"]["categories"]
    assert "arm" not in fields["orders"]["numbers"]


def test_a_new_process_predicts_what_was_judged(run, tmp_path):
    output = tmp_path / "predictions.parquet"
    command = [Path(sys.executable).with_name("banian"), "predict", run.out, "--json"]
    command += ["--data", run.spec.parent, "--at", "2025-09-01", "--output", output]
    subprocess.run(command, check=True, capture_output=True, text=True)
    keys = ["task", "who", "id"]
    both = run.judged.merge(pq.read_table(output).to_pandas(), on=keys, suffixes=("", " again"))
    assert len(both) == len(run.judged)
    for name in ("value", "lower", "upper"):
        np.testing.assert_allclose(both[f"{name} again"], both[name], rtol=0, atol=1e-6)
    pd.testing.assert_series_equal(both["choice again"], both["choice"], check_names=False)


def test_rows_are_answered_alike_in_however_many_parts(run, monkeypatch):
    bundle, at = load_bundle(run.out), datetime(2025, 9, 1)
    whole = banian.predict(bundle, run.spec.parent, at=at)
    monkeypatch.setattr("banian.inference.parts._MOST_NUMBERS", 500)
    monkeypatch.setattr("banian.workflows.predict._CELLS_AT_ONCE", 2_000)
    parts = banian.predict(bundle, run.spec.parent, at=at)
    numbers = ["value", "mean", "lower", "upper"]
    assert parts.rows.drop([*numbers, "choices"]) == whole.rows.drop([*numbers, "choices"])
    for name in numbers:
        here, there = (found.rows[name].to_numpy() for found in (parts, whole))
        np.testing.assert_allclose(here, there, rtol=1e-6, atol=1e-6)


def test_the_report_shows_every_task(run, tmp_path):
    told = report(run.out, output=tmp_path / "report.html")
    page = told.page.read_text()
    assert all(f">{task}<" in page for task in run.result.scores)
    assert "Calibration of reason" in page
    assert told.to_dict()["tasks"]["spend"]["coverage"] == run.result.scores["spend"].coverage
