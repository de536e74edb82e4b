"""What an entity had before is never chosen, whoever answers, and never counts for the metric."""

import random
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banian import fit, load, load_spec, predict
from banian.evaluation import outcome_of_rankings
from banian.kinds import TowerState, build_kind
from banian.predictions import Answer, Predictions

START, ITEMS = datetime(2024, 1, 1), [f"film {n}" for n in range(12)]
SHOP = """
shop: films
tables:
  views: {source: views.csv, time: at, links: {who: people}}
  people: {from: views, key: who}
tasks:
  next: PREDICT LIST_DISTINCT(views.film, 0, 40d) NEW RANK TOP 5 FOR EACH people
split: {valid: 2024-04-15, test: 2024-06-01, stride: 20d}
model: {entity_width: 4, sharing: {kind: shared_bottom, width: 4}}
train: {epochs: 1, seeds: 1}
serve_with: joint
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory, quick_fit):
    folder, draw = tmp_path_factory.mktemp("films"), random.Random(3)
    rows = []
    for who in range(60):
        mine = draw.sample(ITEMS, 12 if who < 2 else 8)  # two have seen everything before the end
        days = sorted(draw.sample(range(150 if who < 2 else 195), len(mine)))
        rows += [
            f"{START + timedelta(days=d)},{who},{film}" for d, film in zip(days, mine, strict=True)
        ]
    rows += [f"{START + timedelta(days=200)},60,film 0"]
    (folder / "views.csv").write_text("\n".join(["at,who,film", *rows]) + "\n")
    (folder / "shop.yaml").write_text(SHOP)
    result = fit(load_spec(folder / "shop.yaml"), folder, folder / "run", warn=lambda _: None)
    return folder, [row.split(",") for row in rows], result


def test_no_one_is_told_what_he_had(run):
    folder, rows, result = run
    said = predict(load(folder / "run/bundle"), folder).to_arrow().to_pylist()
    judged = pq.read_table(folder / "run/test_predictions.parquet").to_pylist()
    for row in said + judged:
        at = row["cutoff"].isoformat(" ")
        had = {film for when, who, film in rows if who == str(row["who"]) and when <= at}
        told = [choice["name"] for choice in row["choices"]]
        assert not had & set(told)
        assert len(told) == min(5, len(ITEMS) - len(had)), (had, told)
        assert row["choice"] == (told[0] if told else None)
        assert all(0 < choice["value"] <= 1 for choice in row["choices"])
        assert not had & set(row.get("answers") or ())
    assert any(not row["choices"] for row in said)
    assert result.scores["next"].constant > 0


def test_what_has_no_weight_is_not_ranked():
    weights = np.array([[0.0, 0.6, 0.3, 0.1], [0.0, 0.0, 0.0, 1.0]])
    items, count = np.array([[0, -1], [2, -1]]), np.ones(2)
    assert outcome_of_rankings(items, count, weights, 3).readings["recall"][1].tolist() == [0, 0]
    tower = TowerState("ranking", "ndcg", classes=("a", "b", "c"), top=3)
    choices = build_kind("ranking").name_choices(tower, weights)
    assert [[one["name"] for one in row] for row in choices.to_pylist()] == [["b", "c"], []]
    at, nowhere = np.array(["NaT"] * 2, "datetime64[us]"), pa.nulls(2, pa.string())
    keys = pa.table({"who": [1, 2]})
    said = Predictions("t", keys, at, nowhere, np.zeros(2), choices=choices).to_arrow()
    assert said["choice"].to_pylist() == ["b", None]


def test_an_answer_without_some_choices_shares_their_weight_out():
    answer = Answer(np.array([0.5, 0.5]), weights=np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]))
    left = answer.without(np.array([[0, -1], [-1, -1]]))
    assert left.weights.round(3).tolist() == [[0, 0.6, 0.4], [0.5, 0.3, 0.2]]
    assert left.value.round(3).tolist() == [0.6, 0.5]
