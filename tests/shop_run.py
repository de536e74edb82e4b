"""A corner shop that is fitted once for the folders of tests that go the whole way."""

import contextlib
import io
import shutil
from pathlib import Path

from banian.cli.main import app
from banian.datasets import write_corner_shop
from banian.workflows.store import store

SETTINGS = ("train.epochs=2", "train.seeds=2")


def fit_shop(folder: Path) -> None:
    """Make the tables, a run, and what the command said in said.json."""
    spec = write_corner_shop(folder / "tables", customers=250)
    said = io.StringIO()
    options = [word for setting in SETTINGS for word in ("--set", setting)]
    with contextlib.redirect_stdout(said):
        app(
            ["fit", str(spec), "--out", str(folder / "run"), *options, "--json"],
            standalone_mode=False,
        )
    (folder / "said.json").write_text(said.getvalue())


def store_shop(make_once, folder: Path) -> None:
    """Make a run of the same bundle with its store."""
    fitted = make_once("corner-shop", fit_shop)
    shutil.copytree(fitted / "run" / "bundle", folder / "bundle")
    store(folder, fitted / "tables")
