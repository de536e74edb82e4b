import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from modalities.compare import compare_runs, write_comparison
from modalities.finding import Finding
from modalities.results import keep_results, read_results
from modality_rows import decided_by_a_word
from sklearn.metrics import accuracy_score, f1_score, root_mean_squared_error

from banian.errors import TableError


def _write_run(folder, rows, said):
    """Write what a run leaves of its test rows, in another order, with the columns that are read."""
    parts = []
    for task, values in said.items():
        judged = rows.judged(task)[::-1]
        is_class = rows.tasks[task].kind == "multiclass"
        names = [*rows.classes(task), "new"] if is_class else []
        columns = {
            "task": pa.array([task] * len(judged)),
            "id": pa.array(rows.key[judged]),
            "value": pa.array(values[::-1].astype(np.float64)),
            "choice": pa.array(
                [names[int(code)] if is_class else None for code in values[::-1]], pa.string()
            ),
        }
        parts.append(pa.table(columns))
    folder.mkdir()
    pq.write_table(pa.concat_tables(parts), folder / "test_predictions.parquet")
    return folder


@pytest.fixture
def rows():
    return decided_by_a_word(matching="same")


def _findings(rows):
    draws = np.random.default_rng(1)
    kinds = draws.integers(0, 2, (2, len(rows.judged("kind")))).astype(np.float32)
    prices = draws.normal(1.5, 0.5, (1, len(rows.judged("price")))).astype(np.float32)
    found = np.ones((1, len(rows.judged("same"))), np.float32)
    return [
        Finding("kind", "coin", kinds, {"sides": 2}, 1.0),
        Finding("price", "lots", prices, {}, 1.0),
        Finding("same", "all", found, {}, 1.0),
    ]


def test_results_come_back_as_they_were_kept(rows, tmp_path):
    findings = _findings(rows)
    written = keep_results(rows, findings, "command", folder=tmp_path, draws=20)
    kept = read_results("fruit", folder=tmp_path)
    assert set(kept) == set(written["tasks"]) == {"kind", "price", "same"}
    for finding in findings:
        assert np.array_equal(kept[finding.task].said[finding.baseline], finding.said)
        assert np.array_equal(kept[finding.task].key, rows.key[rows.judged(finding.task)])
    assert written["tasks"]["same"]["baselines"]["all"]["scores"]["recall"]["value"] == 1


def test_a_run_is_ahead_by_what_scikit_learn_says(rows, tmp_path):
    findings = _findings(rows)
    keep_results(rows, findings, "command", folder=tmp_path, draws=20)
    kinds, prices = (rows.labels(task)[rows.judged(task)] for task in ("kind", "price"))
    wrong = np.where(np.arange(len(kinds)) < 3, 2, kinds)  # a class that nobody knows
    runs = [
        _write_run(tmp_path / "0", rows, {"kind": kinds, "price": prices + 0.5}),
        _write_run(tmp_path / "1", rows, {"kind": wrong, "price": prices + 0.1}),
    ]
    found = {
        (one.task, one.metric): one for one in compare_runs(rows, runs, folder=tmp_path, draws=50)
    }
    coin, lots = findings[0].said, findings[1].said[0]
    accuracy = np.mean([accuracy_score(kinds, one) for one in coin])
    f1 = np.mean([f1_score(kinds, one, average="macro") for one in coin])
    joint = (1 + accuracy_score(kinds, wrong)) / 2
    assert found["kind", "accuracy"].ahead.value == pytest.approx(joint - accuracy)
    assert found["kind", "macro_f1"].other.value == pytest.approx(f1)
    rmse = root_mean_squared_error(prices, lots)
    assert found["price", "rmse"].ahead.value == pytest.approx(rmse - 0.3, abs=1e-6)
    assert found["price", "rmse"].ahead.lower > 0
    assert found["price", "ndcg"].joint.value == pytest.approx(1)
    assert ("same", "recall") not in found
    assert "| fruit price |" in write_comparison(list(found.values()))


def test_a_run_on_other_rows_and_missing_results_are_refused(rows, tmp_path):
    with pytest.raises(TableError, match="there are no baselines of fruit"):
        read_results("fruit", folder=tmp_path)
    keep_results(rows, _findings(rows)[:1], "command", folder=tmp_path, draws=20)
    short = _write_run(tmp_path / "0", rows, {"price": rows.labels("price")[rows.judged("price")]})
    with pytest.raises(TableError, match=f"lacks {len(rows.judged('kind'))} of the"):
        compare_runs(rows, [short], folder=tmp_path)
    with pytest.raises(TableError, match="were judged on other rows"):
        compare_runs(decided_by_a_word(150), [short], folder=tmp_path)
