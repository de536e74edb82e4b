"""What one gets without a terminal: lines that nothing wraps, a line a stage; and the small habits of a command."""

import subprocess
import sys
from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner

import banian
from banian.cli.main import app
from banian.cli.progress import ProgressBar, StageLines, progress_bar
from banian.cli.show import console, show_table
from banian.cli.spinner import spinner


def test_a_table_is_as_wide_as_what_stands_in_it(capsys):
    show_table(console(), ("name", "number "), [("n" * 300, "1"), ("short", "22")])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert f" {'n' * 300}        1" in lines
    assert max(map(len, lines)) < 330


def test_without_a_terminal_every_stage_is_a_line(capsys):
    with spinner() as announce:
        announce("reading orders")
        for day in range(1, 9):
            announce(f"day {day} of 8")
    with progress_bar() as bar:
        assert isinstance(bar, StageLines)
        bar.stage("building examples")
        bar.start("select", 1200, 0)
        for _ in range(1200):
            bar.step()
        bar.finish()
        bar.start("refit", 1200, 300)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "reading orders",
        "day 1 of 8",
        "building examples",
        "selecting epochs: 1,200 steps",
        "training on all labels: 1,200 steps, 300 done",
    ]


def test_a_training_beside_the_one_that_is_shown_has_a_bar_until_its_end():
    bars = Progress(console=Console(file=StringIO()))

    def shown():
        return [(bar.description, bar.completed) for bar in bars.tasks if bar.visible]

    recorder = ProgressBar(bars)
    recorder.start("select", 40, 10)
    recorder.beside("the twin of spend", 0.0)
    recorder.step()
    recorder.beside("the twin of spend", 0.3)
    recorder.stage("growing trees")
    assert shown() == [("growing trees", 0), ("selecting epochs", 11), ("the twin of spend", 30)]
    recorder.beside("the twin of spend", 1.0)
    recorder.finish()
    assert shown() == [("growing trees", 0)]


def test_the_version_is_that_of_the_package():
    said = CliRunner().invoke(app, ["--version"])
    assert (said.exit_code, said.stdout) == (0, f"banian {banian.__version__}\n")


@pytest.mark.parametrize("command", [[], ["fit"], ["predict"]])
def test_h_is_help(command):
    short, long = (CliRunner().invoke(app, [*command, flag]) for flag in ("-h", "--help"))
    assert short.exit_code == 0
    assert short.stdout == long.stdout != ""


def test_the_module_is_the_command():
    said = subprocess.run(
        [sys.executable, "-m", "banian", "--version"], check=True, capture_output=True, text=True
    )
    assert said.stdout == f"banian {banian.__version__}\n"
