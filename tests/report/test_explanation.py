"""What a score means is computed from the test rows, and said in everyday numbers."""

import json
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_runs import CLICKED, ROWS, SPEND, change_card, write_run

from banian.report import Total, explain, read_run, task_results
from banian.report.sentences import say_promises


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "run", epochs=0)


def with_score(folder, task, **more):
    """Read the run after its card says more of a task's score."""
    scores = read_run(folder).card["scores"]
    change_card(folder, scores=scores | {task: scores[task] | more})
    return read_run(folder)


def test_a_yes_or_no_is_explained_by_lift_and_by_what_it_flags(folder):
    run = with_score(folder, "click", metrics={"precision": 0.5, "recall": 0.4}, positives=75)
    judged = run.judged("click")
    label, value = judged["label"].to_numpy(), judged["value"].to_numpy()
    best = label[np.argsort(-value, kind="stable")][: ROWS // 10].mean()
    told = explain(run, "click")
    assert told.top_tenth.mean == pytest.approx(best, abs=0.04)  # ties are shared
    assert told.top_tenth.overall == pytest.approx(label.mean())
    first, second, third = told.says
    assert first == (
        f"Of 100 in the tenth with the highest probabilities {100 * told.top_tenth.mean:.0f} come true; of 100 taken "
        f"blindly {100 * label.mean():.0f}, a lift of {told.top_tenth.lift:.1f}."
    )
    assert second.startswith("That tenth holds ")
    assert third == (
        "Where it has to say yes or no it flags 20 of 100; of 100 it flags 50 come true, and of 100 that come true it "
        "flags 40."
    )
    assert (told.base, told.cutoff, told.horizon_days) == (0.25, datetime(2025, 6, 1), None)


def test_an_amount_is_explained_in_its_own_unit(folder):
    run = with_score(
        folder, "spend", metrics={"mae": 0.5}, constants={"mae": 0.75}, coverage=0.94, metric="rmse"
    )
    judged, told = run.judged("spend"), explain(run, "spend")
    predicted, actual = (float(np.sum(judged[name].to_numpy())) for name in ("value", "label"))
    assert told.total == Total("views.price", predicted, actual, is_of_medians=False)
    assert told.unit == "views.price"
    assert told.horizon_days == 7
    assert (
        "On average it is off by 0.5 (views.price); saying the same of every row is off by 0.75."
        in told.says
    )
    summed = f"it predicts {predicted:.4g} in total, and {actual:.4g} came true (views.price)."
    assert f"Over all 300 test rows {summed}" in told.says
    assert told.says[-1] == "Its 90 % interval, which promises 90 of 100 labels, held 94."


def test_medians_do_not_add_up_unless_the_mean_stands_beside(folder):
    assert explain(read_run(folder), "spend").total.is_of_medians
    path = folder / "test_predictions.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column("mean", pa.array(np.full(len(table), 2.0))), path)
    total = explain(read_run(folder), "spend").total
    assert (total.predicted, total.is_of_medians) == (2.0 * ROWS, False)


def test_every_kind_has_words_of_its_own(folder):
    for kind, more, sentence in (
        (
            "multiclass",
            {"metrics": {"accuracy": 0.62}, "constants": {"accuracy": 0.41}},
            "It names the right class for 62 of 100; naming the most frequent one every time, for 41.",
        ),
        (
            "ranking",
            {"metrics": {"hit_rate": 0.7}, "constants": {"hit_rate": 0.36}},
            "In 70 of 100 lists of None at least one item is right; the same most popular items for everyone, in 36.",
        ),
        (
            "quantile",
            {"quantile": 0.975, "below": 0.9},
            "Its quantile 0.975, which promises 97.5 of 100 labels at or below, had 90 there.",
        ),
    ):
        assert sentence in explain(with_score(folder, "spend", kind=kind, **more), "spend").says


def test_a_card_of_an_older_banian_says_less_and_breaks_nothing(folder):
    assert list(say_promises({})) == []
    told = explain(read_run(folder), "click")
    assert len(told.says) == 2


def test_a_run_without_labels_is_still_asked_in_words(tmp_path):
    run = read_run(write_run(tmp_path / "run", is_labelled=False, epochs=0))
    told = explain(run, "click")
    assert (told.top_tenth, told.total, told.says) == (None, None, ())
    assert told.question == "For each row of views: whether clicked is yes."


def test_json_holds_what_people_are_told(folder):
    (click, _) = task_results(read_run(folder), {})
    told = json.loads(json.dumps(click.to_dict(), allow_nan=False))["explanation"]
    assert told["cutoff"] == "2025-06-01T00:00:00"
    assert told["written"] == "PREDICT views.clicked FOR EACH views"
    assert told["top_tenth"]["lift"] > 1


def test_what_is_asked_within_a_time_looks_so_far_ahead(tmp_path):
    run = read_run(write_run(tmp_path / "run", {"click": CLICKED | {"within": "36h"}}, epochs=0))
    assert explain(run, "click").horizon_days == 1.5


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("COUNT(views, 0, 7d)", "rows of views"),
        (
            "SUM(views.price, 0, 7d) - SUM(views.price, -7d, 0) + MAX(views.cost, 0, 1d)",
            "views.cost, views.price",
        ),
        ("SQL('SELECT shop AS key, 1 AS value FROM views', 0, 7d)", "what the SQL query gives"),
    ],
)
def test_a_number_is_counted_in_the_columns_that_it_comes_from(tmp_path, label, unit):
    run = read_run(write_run(tmp_path / "run", {"a": SPEND | {"label": label}}, epochs=0))
    assert ", ".join(sorted(explain(run, "a").unit.split(", "))) == unit
