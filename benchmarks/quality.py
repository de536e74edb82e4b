"""How good the answers are: one joint network, its single-task twins, boosted trees, and what is served.

    python benchmarks/quality.py --data FOLDER_OF_PUBLIC_DATA --out runs/quality

Trains, for every shop and seed, the joint network of `model: auto`, a twin of it for each task, and LightGBM with a
search for each task: the same features, splits, selection and refit. Prints a table with paired intervals. What was
measured lies in --out, so that a run that was stopped goes on. --quick takes one seed, single networks, four epochs and
the smaller shops. FOLDER holds a folder per public data set (docs/quality.md says which).
"""

import argparse
import sys
from pathlib import Path

from shops.measure import measure_shop
from shops.shop import SHOPS, Shop
from shops.table import read_rows, write_table

from banian.spec import ShopSpec
from banian.training import usable_cores

_QUICK = ("online_retail", "hillstrom", "fraud_after_a_minute", "backorders", "simulated")


def main() -> None:
    """Measure what is not yet measured, and print the table."""
    names = [shop.name for shop in SHOPS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of public data")
    parser.add_argument("--out", type=Path, default=Path("runs/quality"))
    parser.add_argument("--shops", nargs="+", choices=names, help="in this order; all if left out")
    parser.add_argument("--seeds", type=int, default=3, help="how many, counted from seed 0")
    parser.add_argument("--jobs", type=int, default=usable_cores(), help="networks side by side")
    parser.add_argument("--quick", action="store_true", help="under a quarter of an hour")
    chosen = parser.parse_args()
    out = chosen.out / "quick" if chosen.quick else chosen.out
    wanted = chosen.shops or (_QUICK if chosen.quick else names)
    shops = {shop.name: shop for shop in SHOPS}
    for seed in range(1 if chosen.quick else chosen.seeds):
        for name in wanted:
            _measure(shops[name], seed, chosen.data, out, quick=chosen.quick, jobs=chosen.jobs)
    print(write_table(read_rows(out)))


def _measure(shop: Shop, seed: int, public: Path, out: Path, *, quick: bool, jobs: int) -> None:
    place = out / f"{shop.name}-{seed}"
    if place.with_suffix(".json").exists():
        return
    print(f"{shop.name}, seed {seed}", file=sys.stderr, flush=True)
    folder = out / "tables" / shop.name
    folder.mkdir(parents=True, exist_ok=True)
    tables = shop.make(public, folder)
    spec = shop.spec(tables)
    measure_shop(shop, _shorten(spec) if quick else spec, tables, seed, place, jobs=jobs)


def _shorten(spec: ShopSpec) -> ShopSpec:
    train = spec.train.model_copy(update={"seeds": 1, "epochs": 4})
    return spec.model_copy(update={"train": train})


if __name__ == "__main__":
    main()
