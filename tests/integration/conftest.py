"""One fitted corner shop for all tests here."""

import contextlib
import io
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from banian.cli.main import app
from banian.datasets import write_corner_shop


class Run(NamedTuple):
    spec: Path
    out: Path
    said: dict


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("corner-shop")
    spec = write_corner_shop(folder / "tables", customers=250)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        command = [
            "fit",
            str(spec),
            "--out",
            str(folder / "run"),
            "--set",
            "train.epochs=2",
            "--json",
        ]
        app(command, standalone_mode=False)
    return Run(spec, folder / "run", json.loads(said.getvalue()))
