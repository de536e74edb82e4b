"""One fitted corner shop for all tests here."""

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

import banian
from banian.bundle import load_bundle
from banian.cli.main import app
from banian.datasets import write_corner_shop
from banian.workflows.store import store

SETTINGS = ("train.epochs=2", "train.seeds=2")


class Run(NamedTuple):
    spec: Path
    out: Path
    said: dict
    settings: tuple[str, ...]
    """What overrides the spec."""

    @property
    def options(self) -> list[str]:
        """The same for a command."""
        return [word for setting in self.settings for word in ("--set", setting)]


def fit_shop(folder: Path) -> None:
    spec = write_corner_shop(folder / "tables", customers=250)
    said = io.StringIO()
    options = [word for setting in SETTINGS for word in ("--set", setting)]
    with contextlib.redirect_stdout(said):
        app(
            ["fit", str(spec), "--out", str(folder / "run"), *options, "--json"],
            standalone_mode=False,
        )
    (folder / "said.json").write_text(said.getvalue())


@pytest.fixture(scope="session")
def run(make_once) -> Run:
    folder = make_once("corner-shop", fit_shop)
    said = json.loads((folder / "said.json").read_text())
    return Run(folder / "tables" / "shop.yaml", folder / "run", said, SETTINGS)


@pytest.fixture(scope="session")
def bundle(run):
    return load_bundle(run.out)


@pytest.fixture(scope="session")
def frames(run) -> dict[str, pd.DataFrame]:
    return {n: pd.read_csv(run.spec.parent / f"{n}.csv") for n in ("orders", "customers")}


@pytest.fixture(scope="session")
def usual(run, bundle):
    """What the files of training give at one moment."""
    return banian.predict(bundle, run.spec.parent, at="2025-11-01")


@pytest.fixture(scope="session")
def stored(run, make_once) -> Path:
    """A run with its store, which nobody may change."""

    def make(folder: Path) -> None:
        shutil.copytree(run.out / "bundle", folder / "bundle")
        store(folder, run.spec.parent)

    return make_once("stored-run", make)


@pytest.fixture(scope="session")
def model(stored):
    return banian.load(stored)


@pytest.fixture(scope="session")
def lines(frames) -> list[dict]:
    """Orders as they would be asked about, returned or not."""
    rows = frames["orders"].drop(columns="returned")
    rows = rows[rows["ordered_at"] >= "2025-11-01"].head(60)
    return [{"task": "returned", **row} for row in rows.to_dict("records")]
