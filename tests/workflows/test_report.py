"""report: what the terminal, JSON and the page tell."""

import json
import subprocess
import sys

import pytest
from made_runs import write_run, write_truth
from typer.testing import CliRunner

from banian.cli.main import app
from banian.errors import BundleError, TableError
from banian.workflows.report import report


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "run", epochs=0)


@pytest.fixture
def bare(tmp_path):
    return write_run(tmp_path / "bare", is_labelled=False, epochs=0)


def command(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["report", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_page_lies_beside_the_bundle_or_where_one_wants_it(bare, tmp_path):
    assert report(bare).page == bare / "report.html"
    elsewhere = tmp_path / "new" / "page.html"
    with pytest.raises(TableError, match="there is no folder") as error:
        report(bare, output=elsewhere)
    assert "mkdir -p" in error.value.remedy
    elsewhere.parent.mkdir()
    assert report(bare, output=elsewhere).page == elsewhere
    assert elsewhere.read_text() == (bare / "report.html").read_text()


def test_the_bundle_of_a_run_names_the_run(bare):
    assert report(bare / "bundle").page == bare / "report.html"
    assert not (bare / "bundle" / "report.html").exists()


def test_the_terminal_shows_the_table_and_what_to_type_next(folder, tmp_path):
    said = command(folder, "--truth", write_truth(tmp_path / "truth", {"label": "clicked"}))
    head, *rows = [line for line in said.splitlines() if line.strip() and "─" not in line]
    shown = "task grain metric value 95 % interval constant possible gap closed rows"
    assert " ".join(head.split()) == shown
    rows = [row.split() for row in rows]
    assert rows[0][:5] == ["click", "rows", "of", "views", "auc"]
    assert rows[0][-1] == rows[1][-1] == "300"
    assert f"banian predict {folder} --data FOLDER" in said


def test_json_tells_the_same_as_one_object(folder, tmp_path):
    truth = write_truth(tmp_path / "truth", {"label": "clicked"})
    told = json.loads(command(folder, "--truth", truth, "--json"))
    assert told["shop"] == "corner-shop"
    assert told["data_end"] == "2025-06-30T12:00:00"
    assert told["page"] == str(folder / "report.html")
    assert list(told["tasks"]) == ["click", "spend"]
    assert 0 < told["tasks"]["click"]["gap_closed"] < 1
    assert told["tasks"]["spend"]["best_possible"] is None


def test_help_shows_an_example_that_the_parser_knows():
    said = command("--help")
    (example,) = [line.split() for line in said.splitlines() if line.strip().startswith("banian ")]
    assert example[:2] == ["banian", "report"]
    assert all(option in said for option in example if option.startswith("--"))


def test_a_folder_that_is_no_run_ends_with_a_sentence(tmp_path):
    result = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds no run" in result.stderr
    with pytest.raises(BundleError):
        report(tmp_path)


def test_a_page_that_cannot_be_written_leaves_what_was_there(bare, tmp_path):
    (tmp_path / "page").mkdir()
    with pytest.raises(TableError, match=r"Cannot write .*page: Is a directory"):
        report(bare, output=tmp_path / "page")
    assert list((tmp_path / "page").iterdir()) == []


def test_reporting_loads_no_torch():
    code = "import sys, banian.workflows.report; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "False"
