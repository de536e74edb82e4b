"""What predict gives: a table that converts, files by their endings, standard output, and the rows set aside."""

import json
import shutil

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from banian.cli.main import app
from banian.errors import DependencyError

AT = "2025-11-01"


def command(*arguments: object):
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_results_convert(usual):
    assert pa.table(usual) == usual.rows == usual.to_arrow()
    frame = usual.to_pandas()
    assert list(frame) == usual.rows.column_names
    assert len(frame) == len(usual)
    flat = pd.api.interchange.from_dataframe(usual) if hasattr(pd.api, "interchange") else frame
    assert flat["value"].tolist() == frame["value"].tolist()
    if not _has_polars():
        with pytest.raises(DependencyError) as caught:
            usual.to_polars()
        assert caught.value.remedy == "pip install polars"


def _has_polars() -> bool:
    try:
        import polars  # noqa: F401
    except ImportError:
        return False
    return True


def test_the_mean_stands_beside_a_median_and_adds_up(run, usual):
    judged = (
        pq.read_table(run.out / "test_predictions.parquet").to_pandas().dropna(subset=["label"])
    )
    spend = judged[judged["task"] == "spend"]
    assert spend["mean"].sum() > 1.1 * spend["value"].sum()
    assert spend["mean"].sum() == pytest.approx(spend["label"].sum(), rel=0.5)
    frame = usual.to_pandas()
    binary = frame[frame["task"] == "returned"]
    assert binary["mean"].isna().all()
    counts = frame[frame["task"] == "orders"]
    assert (counts["mean"] == counts["value"]).all()


def test_the_table_goes_to_standard_output_and_nothing_else(run, usual):
    said = command(
        run.out, "--data", run.spec.parent, "--at", AT, "--task", "spend", "--output", "-"
    )
    lines = said.stdout.splitlines()
    assert lines[0].replace('"', "").split(",")[:3] == ["task", "customer_id", "cutoff"]
    assert len(lines) == usual.tasks["spend"] + 1
    assert "spend: " in said.stderr
    both = command(run.out, "--data", run.spec.parent, "--output", "-", "--json")
    assert both.exit_code == 2


def test_the_quarantine_lies_beside_the_output_or_where_asked(run, frames, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    orders = frames["orders"].copy()
    orders.loc[0, "ordered_at"] = "soon"
    orders.to_csv(folder / "orders.csv", index=False)
    frames["customers"].to_csv(folder / "customers.csv", index=False)
    basic = (run.out, "--data", folder, "--task", "spend", "--at", AT)
    said = command(*basic, "--output", tmp_path / "p.jsonl")
    assert "1 row set aside, in " in said.stdout
    (row,) = pq.read_table(tmp_path / "p.quarantine.parquet").to_pylist()
    assert (row["table"], row["reason"]) == ("orders", "ordered_at is not a time")
    shutil.copy(run.spec.parent / "orders.csv", folder / "orders.csv")
    aside = tmp_path / "p.quarantine.parquet"
    tree = json.loads(command(*basic, "--output", tmp_path / "p.jsonl", "--json").stdout)
    assert tree["quarantine"] == {"rows": 0, "file": str(aside)}
    assert len(pq.read_table(aside)) == 0  # none of an earlier time stays behind


@pytest.mark.parametrize("output", ["p.xlsx", "p", "."])
def test_another_ending_is_refused_before_work_begins(run, tmp_path, output):
    said = command(tmp_path / "no bundle", "--data", run.spec.parent, "--output", tmp_path / output)
    assert said.exit_code == 1
    assert "names no form" in said.stderr or "Is a directory" in said.stderr


def test_an_ending_alone_is_told_from_none(run, tmp_path):
    said = command(run.out, "--data", run.spec.parent, "--output", tmp_path / ".csv")
    assert said.exit_code == 1
    assert ".csv is an ending without a name before it." in said.stderr
    assert "predictions.csv" in said.stderr
