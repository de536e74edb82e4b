import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_runs import CLICKED, ROWS, TASKS, change_card, draw_label, write_run

from banian.errors import BundleError
from banian.report import read_run
from banian.storage import write_sums


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "run")


def test_a_run_is_read_as_it_was_written(folder):
    run = read_run(folder)
    assert list(run.spec.tasks) == list(TASKS)
    assert run.card["shop"] == "corner-shop"
    assert str(run.data_end) == "2025-06-30 12:00:00"
    assert len(run.predictions) == 2 * ROWS


def test_a_task_is_judged_on_rows_whose_label_is_known(tmp_path):
    label = np.where(np.arange(ROWS) % 3 == 0, np.nan, draw_label())
    run = read_run(write_run(tmp_path / "run", {"click": CLICKED}, labels={"click": label}))
    judged = run.judged("click")
    assert judged["view_id"].to_pylist() == [row for row in range(ROWS) if row % 3]


def test_an_older_run_has_no_judged_rows(tmp_path):
    run = read_run(write_run(tmp_path / "run", is_labelled=False))
    assert not run.is_labelled
    assert len(run.judged("click")) == 0


def test_a_run_without_a_log_is_read(folder):
    (folder / "log.jsonl").unlink()
    assert read_run(folder).log == ()


def test_a_shop_without_times_has_no_end(folder):
    change_card(folder, tables={"views": {"last": None}})
    assert read_run(folder).data_end is None


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(BundleError, match="holds no run") as caught:
        read_run(tmp_path / "elsewhere")
    assert "banian fit" in caught.value.remedy


def test_a_bundle_is_found_where_a_crash_left_it(folder):
    (folder / "bundle").rename(folder / ".bundle.replaced")
    assert read_run(folder).card["shop"] == "corner-shop"


@pytest.mark.parametrize("name", ["card.json", "spec.json"])
def test_an_altered_file_is_refused(folder, name):
    path = folder / "bundle" / name
    path.write_text(path.read_text().replace("corner-shop", "other-shop"))
    with pytest.raises(BundleError, match=f"{name} is not the file that was saved"):
        read_run(folder)


def test_a_missing_spec_is_named(folder):
    (folder / "bundle" / "spec.json").unlink()
    with pytest.raises(BundleError, match=r"Cannot read .*spec\.json: No such file"):
        read_run(folder)


def test_a_spec_of_a_newer_banian_is_refused(folder):
    path = folder / "bundle" / "spec.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"dreams": 1}))
    write_sums(folder / "bundle")
    with pytest.raises(BundleError, match="not a spec that this Banian knows"):
        read_run(folder)


@pytest.mark.parametrize("content", [None, b"PAR1"])
def test_predictions_that_cannot_be_read_are_named(folder, content):
    path = folder / "test_predictions.parquet"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BundleError, match=r"Cannot read .*test_predictions\.parquet"):
        read_run(folder)


def test_another_table_in_place_of_the_predictions_is_refused(folder):
    path = folder / "test_predictions.parquet"
    pq.write_table(pq.read_table(path).drop(["value"]), path)
    with pytest.raises(BundleError, match="not the file that was saved"):
        read_run(folder)


def test_predictions_that_an_earlier_run_left_are_refused(folder):
    path = folder / "test_predictions.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(BundleError, match=r"299 labels of task 'click'.* counts 300"):
        read_run(folder)
