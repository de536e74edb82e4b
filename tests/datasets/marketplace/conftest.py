"""Small marketplaces, each simulated once."""

import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow.parquet as pq
import pytest

from banian.datasets.marketplace import PRESETS, Market, write_marketplace

SIZE = {"customers": 150, "products": 60, "merchants": 8, "days": 70, "visits": 0.16, "fraud": 0.1}


@pytest.fixture(scope="session")
def simulate(tmp_path_factory):
    """Simulate a small marketplace with some knobs set; give its tables, truth.json as `account`, and its folder."""

    @cache
    def run(**knobs):
        market = Market.model_validate(PRESETS["small"].model_dump() | SIZE | knobs)
        folder = tmp_path_factory.mktemp("market")
        write_marketplace(market, folder)
        return SimpleNamespace(
            folder=folder,
            market=market,
            account=json.loads((folder / "truth.json").read_text()),
            **{path.stem: _read(path) for path in folder.glob("*.parquet")},
        )

    return run


@pytest.fixture(scope="session")
def shop(simulate):
    """The marketplace of the preset's knobs."""
    return simulate()


def _read(path: Path) -> pd.DataFrame:
    table = pq.read_table(path).to_pandas()
    money = ("price", "amount", "refund", "voucher", "list_price")
    if path.stem != "truth_uplift":  # where voucher is a probability
        for name in set(money) & set(table):
            table[name] = table[name].astype(float)
    return table
