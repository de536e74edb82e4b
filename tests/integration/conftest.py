"""One fitted corner shop for all tests here."""

import json
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from shop_run import SETTINGS, fit_shop, store_shop

import banian
from banian.bundle import load_bundle


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
def stored(make_once) -> Path:
    """A run with its store, which nobody may change."""

    return make_once("stored-run", partial(store_shop, make_once))


@pytest.fixture(scope="session")
def model(stored):
    return banian.load(stored)


@pytest.fixture(scope="session")
def lines(frames) -> list[dict]:
    """Orders as they would be asked about, returned or not."""
    rows = frames["orders"].drop(columns="returned")
    rows = rows[rows["ordered_at"] >= "2025-11-01"].head(60)
    return [{"task": "returned", **row} for row in rows.to_dict("records")]
