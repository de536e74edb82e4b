"""fit prints how far intervals and quantiles held, each under what it promises."""

from pathlib import Path

from rich.console import Console
from typer.testing import CliRunner

from banian.cli.main import app
from banian.datasets import write_corner_shop
from banian.evaluation import TaskScore
from banian.workflows.fit_result import FitResult


def score(kind, **more):
    return TaskScore(kind, "mae", 1.5, (1.0, 2.0), 3.0, True, 1_234, None, {}, **more)


def table_of(scores, tmp_path, monkeypatch):
    grains, reach = dict.fromkeys(scores, "customers"), dict.fromkeys(scores)
    result = FitResult(Path("b"), 1.0, scores, grains, reach, {})
    monkeypatch.setattr("banian.workflows.fit.fit", lambda *_, **__: result)
    monkeypatch.setattr("banian.cli.fit.console", lambda: Console(width=400))
    spec = write_corner_shop(tmp_path, customers=20)
    said = CliRunner().invoke(app, ["fit", str(spec), "--out", str(tmp_path / "run")])
    assert said.exit_code == 0, said.output
    return said.stdout


def test_two_intervals_of_one_label_are_named_by_what_they_promise(tmp_path, monkeypatch):
    spend = score("amount", coverage=0.94)
    most = score("quantile", coverage=0.91, quantile=0.9, below=0.875)
    said = " ".join(table_of({"spend": spend, "most": most}, tmp_path, monkeypatch).split())
    assert "better in interval (90 %) below quantile rows" in said
    assert "3 yes 94 % 1,234" in said
    assert "quantile 0.9 customers mae" in said
    assert "3 yes 91 % 88 % (90 %) 1,234" in said


def test_nothing_is_said_of_intervals_that_no_task_has(tmp_path, monkeypatch):
    said = table_of({"again": score("binary")}, tmp_path, monkeypatch)
    assert "in interval" not in said
    assert "below" not in said
