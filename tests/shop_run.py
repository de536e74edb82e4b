"""A corner shop that is fitted once for the folders of tests that go the whole way."""

import contextlib
import io
import shutil
from pathlib import Path

import jaxtyping

from banian.cli.main import app
from banian.datasets import write_corner_shop
from banian.workflows.one_set import make_one_set
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


def one_set_shop(make_once, folder: Path) -> None:
    """Make the stored run once more, with one set of weights beside its bundle."""
    fitted = make_once("corner-shop", fit_shop)
    stored = make_once("stored-run", lambda place: store_shop(make_once, place))
    shutil.copytree(stored, folder, dirs_exist_ok=True)
    jaxtyping.config.update(
        "jaxtyping_disable", True
    )  # a shape that is checked is fixed in a trace
    try:
        make_one_set(folder, fitted / "tables", passes=1, warn=lambda _: None)
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)
