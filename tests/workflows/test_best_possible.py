"""The best possible score, held against computing it by hand."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_runs import (
    CLICKED,
    ROWS,
    SPEND,
    TASKS,
    change_card,
    draw_label,
    draw_probability,
    write_run,
    write_truth,
)
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from banian.errors import BundleError, SpecError, TableError
from banian.report import BestPossible, read_run
from banian.workflows.best_possible import best_possible

LABEL, PROBABILITY = draw_label(), draw_probability()
BOUGHT = {"rows": "views", "label": "bought"}
CAME = np.arange(ROWS) % 4 > 0
CONDITIONAL = {
    "label": "bought",
    "given": "clicked",
    "key": np.flatnonzero(CAME),
    "probability": PROBABILITY[CAME],
    "value": LABEL[CAME] == 1,
}
"""What a simulation knows about purchases: nothing where there was no click."""


@pytest.fixture
def run(tmp_path):
    return read_run(write_run(tmp_path / "run"))


def find(run, folder, *parts) -> dict[str, BestPossible]:
    return best_possible(run, write_truth(folder / "truth", *parts))


def test_it_is_the_metric_of_the_true_probabilities(run, tmp_path):
    found = find(run, tmp_path, {"label": "clicked"}, {"label": "another"})
    assert list(found) == ["click"]
    assert found["click"].value == pytest.approx(roc_auc_score(LABEL, PROBABILITY))


def test_it_follows_the_task_s_own_metric(tmp_path):
    run = read_run(
        write_run(tmp_path / "run", {"click": CLICKED | {"metric": "average_precision"}})
    )
    found = find(run, tmp_path, {"label": "clicked"})
    assert found["click"].value == pytest.approx(average_precision_score(LABEL, PROBABILITY))


def test_the_gap_is_that_of_log_loss_between_base_rate_and_truth(run, tmp_path):
    model = run.judged("click")["value"].to_numpy()
    constant = log_loss(LABEL, np.full(ROWS, 0.25))
    expected = (constant - log_loss(LABEL, model)) / (constant - log_loss(LABEL, PROBABILITY))
    assert find(run, tmp_path, {"label": "clicked"})["click"].gap_closed == pytest.approx(expected)


def test_only_rows_with_a_known_label_count_and_their_order_does_not(tmp_path):
    label = np.where(np.arange(ROWS) % 2, LABEL, np.nan)
    run = read_run(write_run(tmp_path / "run", TASKS, labels={"click": label}))
    order = np.random.Generator(np.random.PCG64(3)).permutation(ROWS)
    shuffled = {"key": order, "probability": PROBABILITY[order], "value": LABEL[order] == 1}
    found = find(run, tmp_path, {"label": "clicked"} | shuffled)
    odd = np.arange(ROWS) % 2 == 1
    assert found["click"].value == pytest.approx(roc_auc_score(LABEL[odd], PROBABILITY[odd]))


def test_a_label_that_is_given_another_is_judged_where_that_one_came_true(tmp_path):
    tasks = {"click": CLICKED, "buy": BOUGHT | {"given": "click"}}
    labels = {"click": CAME.astype(float), "buy": np.where(CAME, LABEL, np.nan)}
    run = read_run(write_run(tmp_path / "run", tasks, labels=labels))
    found = find(run, tmp_path, CONDITIONAL, {"label": "clicked", "value": CAME})
    assert found["buy"].value == pytest.approx(roc_auc_score(LABEL[CAME], PROBABILITY[CAME]))


def test_a_task_that_asks_about_rows_without_what_its_truth_is_given_has_no_best(tmp_path):
    tasks = {"click": CLICKED, "buy": BOUGHT}
    labels = {"click": CAME.astype(float), "buy": LABEL * CAME}
    run = read_run(write_run(tmp_path / "run", tasks, labels=labels))
    found = find(run, tmp_path, CONDITIONAL, {"label": "clicked", "value": CAME})
    assert list(found) == ["click"]


def test_a_truth_that_lacks_rows_which_have_what_it_is_given_is_refused(tmp_path):
    run = read_run(write_run(tmp_path / "run", {"buy": BOUGHT}, labels={"buy": LABEL * CAME}))
    with pytest.raises(TableError, match="lacks 75 of 300"):
        find(run, tmp_path, CONDITIONAL, {"label": "clicked"})


def test_where_the_truth_does_no_better_than_the_constant_there_is_no_gap(tmp_path):
    run = read_run(write_run(tmp_path / "run", {"click": CLICKED}))
    found = find(run, tmp_path, {"label": "clicked", "probability": 1 - PROBABILITY})
    assert found["click"].gap_closed is None


def test_where_the_metric_is_undefined_so_is_the_best(tmp_path):
    run = read_run(
        write_run(tmp_path / "run", {"click": CLICKED}, labels={"click": np.zeros(ROWS)})
    )
    found = find(run, tmp_path, {"label": "clicked", "value": np.zeros(ROWS, bool)})
    assert found["click"].value is None


def test_keys_that_predictions_hold_as_text_are_found(run, tmp_path):
    path = run.folder / "test_predictions.parquet"
    table = pq.read_table(path)
    at = table.column_names.index("view_id")
    pq.write_table(table.set_column(at, "view_id", table["view_id"].cast("string")), path)
    assert find(read_run(run.folder), tmp_path, {"label": "clicked"})["click"].value is not None


def test_a_truth_about_other_things_is_refused(run, tmp_path):
    with pytest.raises(
        SpecError, match=r"is about baskets\.clicked, views\.bought; no binary task"
    ):
        find(run, tmp_path, {"label": "clicked", "table": "baskets"}, {"label": "bought"})


def test_tasks_about_entities_have_no_truth(tmp_path):
    run = read_run(write_run(tmp_path / "run", {"spend": SPEND}))
    with pytest.raises(SpecError, match="no binary task"):
        find(run, tmp_path, {"label": "clicked"})


def test_a_truth_that_lacks_rows_is_refused(run, tmp_path):
    few = {"key": np.arange(5), "probability": PROBABILITY[:5], "value": LABEL[:5] == 1}
    with pytest.raises(
        TableError, match="lacks 295 of 300 test rows, for example the one with key 5"
    ):
        find(run, tmp_path, {"label": "clicked"} | few)


def test_a_truth_that_drew_other_labels_is_refused(run, tmp_path):
    value = LABEL == 1
    value[:7] = ~value[:7]
    with pytest.raises(
        TableError, match="7 of 300 test labels are not what the truth drew"
    ) as caught:
        find(run, tmp_path, {"label": "clicked", "value": value})
    assert "within" in caught.value.remedy


def test_keys_of_another_kind_are_refused(run, tmp_path):
    path = run.folder / "test_predictions.parquet"
    table = pq.read_table(path)
    at, names = table.column_names.index("view_id"), [f"v{row}" for row in range(len(table))]
    pq.write_table(table.set_column(at, "view_id", [names]), path)
    with pytest.raises(TableError, match="not whole numbers"):
        find(read_run(run.folder), tmp_path, {"label": "clicked"})


def test_a_run_that_did_not_keep_its_labels_is_refused(tmp_path):
    run = read_run(write_run(tmp_path / "run", is_labelled=False))
    with pytest.raises(BundleError, match="no column label"):
        find(run, tmp_path, {"label": "clicked"})


def test_a_folder_without_truth_is_named(run, tmp_path):
    with pytest.raises(TableError, match=r"There is no file .*truth\.parquet"):
        best_possible(run, tmp_path)


@pytest.mark.parametrize("content", [b"PAR1", None])
def test_a_truth_that_cannot_be_read_is_named(run, tmp_path, content):
    write_truth(tmp_path, {"label": "clicked"})
    path = tmp_path / "truth.parquet"
    if content is None:
        pq.write_table(pq.read_table(path).drop(["probability"]), path)
    else:
        path.write_bytes(content)
    with pytest.raises(TableError, match=r"Cannot read .*truth\.parquet"):
        best_possible(run, tmp_path)


def test_the_constant_of_log_loss_is_the_one_that_the_card_holds(tmp_path):
    run = read_run(write_run(tmp_path / "run", {"click": CLICKED | {"metric": "log_loss"}}))
    found = find(run, tmp_path, {"label": "clicked"})["click"]
    score = run.card["scores"]["click"]
    gap = (score["constant"] - score["value"]) / (score["constant"] - found.value)
    assert found.gap_closed == pytest.approx(gap)


def test_a_card_without_other_metrics_is_enough(run, tmp_path):
    scores = run.card["scores"]
    scores["click"].pop("metrics")
    change_card(run.folder, scores=scores)
    assert find(read_run(run.folder), tmp_path, {"label": "clicked"})
