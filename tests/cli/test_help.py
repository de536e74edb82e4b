"""Help teaches."""

import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from typer.testing import CliRunner

from banian.cli.main import app

BANIAN = Path(sys.executable).with_name("banian")


@pytest.mark.parametrize(
    "command", ["check", "fit", "predict", "propose", "report", "simulate", "cache"]
)
def test_each_command_shows_an_example_that_its_own_parser_knows(command):
    said = CliRunner().invoke(app, [command, "--help"]).stdout
    (example,) = [line for line in said.splitlines() if line.strip().startswith("banian ")]
    words = example.split()
    assert words[:2] == ["banian", command]
    assert all(option in said for option in words if option.startswith("--"))


def test_help_answers_at_once():
    times = []
    for _ in range(3):
        start = monotonic()
        subprocess.run([BANIAN, "--help"], check=True, capture_output=True)
        times.append(monotonic() - start)
    assert min(times) < 0.7
