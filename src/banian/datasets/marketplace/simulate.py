"""From a market to a folder of tables."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from banian.datasets.marketplace.constants import CONSTANTS
from banian.datasets.marketplace.days import Days
from banian.datasets.marketplace.market import Market
from banian.datasets.marketplace.schema import TABLES
from banian.datasets.marketplace.shop_yaml import shop_yaml
from banian.datasets.marketplace.world import draw_world, write_world
from banian.datasets.marketplace.writer import TableWriter

FORMAT = 2
"""Version of the files; another one has other columns or meanings."""
FILES = frozenset({f"{name}.parquet" for name in TABLES} | {"truth.json", "shop.yaml"})
"""What a simulation writes."""


@final
@dataclass(frozen=True)
class Simulation:
    """A marketplace that was written to disk."""

    market: Market
    rows: dict[str, int]
    """Table → rows."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {"market": self.market.model_dump(), "rows": self.rows}


def write_marketplace(
    market: Market, folder: Path, *, on_day: Callable[[int], None] = lambda _: None
) -> Simulation:
    """Simulate a marketplace and write it into an existing folder; `on_day` hears of every day that is done.

    Besides the tables of `schema.TABLES` the folder gets truth.json and shop.yaml. One market, the same bytes.
    """
    world = draw_world(market)
    with TableWriter(folder) as writer:
        write_world(world, writer)
        days = Days(world, writer)
        for day in range(market.days):
            days.live(day)
            on_day(day)
        days.end()
    simulation = Simulation(market, dict(writer.rows))
    text = json.dumps(_account(simulation, days), indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
    (folder / "shop.yaml").write_text(shop_yaml(market), encoding="utf-8")
    return simulation


def _account(simulation: Simulation, days: Days) -> dict[str, Any]:
    """Sum up the parameters, what was to be expected and what came."""
    loyalty = days.loyalty
    return {
        "format": FORMAT,
        **simulation.to_dict(),
        "constants": {name: values.tolist() for name, values in CONSTANTS.items()},
        "labels": days.truth.summary(),
        "leavers": {
            "expected": round(loyalty.expected_leavers, 6),
            "observed": int((loyalty.left_at >= 0).sum()),
        },
    }
