"""A shop where a large payment weighs as much as it is large, and nothing else tells rows apart."""

import numpy as np
import pyarrow.parquet as pq
import pytest

import banian
from banian.report import explain, read_run
from banian.spec import parse_spec

SPEC = """
shop: weighed
tables:
  visits: {source: visits.csv, key: id, derive: {large: paid > 25, twice: paid * 2, doubled: paid + paid}}
tasks:
  plain: PREDICT visits.large FOR EACH visits BY log_loss
  heavy: PREDICT visits.large FOR EACH visits WEIGHT paid BY log_loss
  usual: PREDICT visits.twice FOR EACH visits AS amount BY mae
  weighty: PREDICT visits.doubled FOR EACH visits WEIGHT paid AS amount BY mae
split: {by: id}
model: {sharing: {kind: shared_bottom, width: 6}, entity_width: 4, private_width: 4, tower_width: 4}
train: {epochs: 1}
serve_with: [joint]
"""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, quick_fit):
    """Of 600 rows a third pay 90, the others 10, a few nothing that is known."""
    folder = tmp_path_factory.mktemp("weighed")
    generator = np.random.default_rng(0)
    paid = np.where(generator.random(600) < 1 / 3, "90", "10").astype(object)
    paid[::60] = ""
    lines = [f"{row},{p},{generator.random():.3f}" for row, p in enumerate(paid)]
    (folder / "visits.csv").write_text("\n".join(["id,paid,told", *lines]) + "\n")
    told: list[str] = []
    result = banian.fit(parse_spec(SPEC), folder, folder / "run", device="cpu", warn=told.append)
    return folder, result, told


def test_predictions_starts_and_scores_move_to_what_weighs(fitted):
    folder, result, _ = fitted
    rows = pq.read_table(folder / "run" / "test_predictions.parquet").to_pandas()
    said = dict(iter(rows.groupby("task")))
    means = {task: part["value"].mean() for task, part in said.items()}
    assert means["plain"] == pytest.approx(1 / 3, abs=0.15)
    assert means["heavy"] == pytest.approx(90 / 110, abs=0.1)
    assert means["usual"] < 60 < 140 < means["weighty"]
    heavy = said["heavy"].dropna(subset=["label"])
    assert (heavy["row_weight"] > 0).all()
    surprise = -np.log(np.where(heavy["label"] == 1, heavy["value"], 1 - heavy["value"]))
    expected = np.average(surprise, weights=heavy["row_weight"])
    assert result.scores["heavy"].value == pytest.approx(expected)
    assert (said["plain"]["row_weight"] == 1).all()
    assert result.scores["weighty"].constant < result.scores["usual"].constant


def test_rows_without_weight_are_told_and_left_out(fitted):
    _, _, told = fitted
    (one, other) = (text for text in told if "no weight" in text)
    assert one == (
        "tasks.heavy: of 600 rows that are asked about 10 have no weight in 'paid', or weight 0: they neither train "
        "nor judge."
    )
    assert other.startswith("tasks.weighty: ")


def test_the_report_says_what_weighs(fitted):
    folder, _, _ = fitted
    run = read_run(folder / "run")
    found = explain(run, "heavy")
    assert "weighted by paid" in found.question
    assert found.base == pytest.approx(90 / 110, abs=0.05)
    assert "weigh each row by paid" in found.says[-1]
    assert "weigh" not in " ".join(explain(run, "plain").says)


def test_predict_needs_no_weight_for_new_rows(fitted):
    folder, result, _ = fitted
    new = folder / "new.csv"
    new.write_text("id,told\n1,0.5\n2,0.25\n")
    said = banian.predict(result.bundle, data={"visits": new}, tasks=["heavy"])
    assert len(said) == 2
