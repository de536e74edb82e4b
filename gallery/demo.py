"""A simulated marketplace: one model for six tasks at four grains, beside the best possible scores.

Run it by `make demo`; everything lands in runs/demo. By hand, options of `banian fit` may follow:

    .venv/bin/python gallery/demo.py --set train.epochs=2
"""

import shlex
import sys
from pathlib import Path

from banian.cli.main import app

FOLDER = Path("runs/demo")
TABLES = FOLDER / "tables"


def main() -> None:
    """Run the commands as one would type them."""
    for command in (
        ["simulate", str(TABLES), "--preset", "small"],
        ["fit", str(TABLES / "shop.yaml"), "--out", str(FOLDER), "--overwrite", *sys.argv[1:]],
        ["report", str(FOLDER), "--truth", str(TABLES)],
    ):
        print(f"\n$ banian {shlex.join(command)}", flush=True)  # noqa: T201
        app(command, standalone_mode=False)


if __name__ == "__main__":
    main()
