"""A small generated shop: check it, fit one model for four tasks of two grains, predict.

Run it by `make demo`; everything lands in runs/corner-shop.
"""

from pathlib import Path

from banian.cli.main import app
from banian.datasets import write_corner_shop

FOLDER = Path("runs/corner-shop")


def main() -> None:
    """Run the three commands as one would type them."""
    spec = write_corner_shop(FOLDER / "tables")
    for command in (
        f"check {spec}",
        f"fit {spec} --out {FOLDER}",
        f"predict {FOLDER} --data {spec.parent} --output {FOLDER / 'predictions.parquet'}",
    ):
        print(f"\n$ banian {command}", flush=True)  # noqa: T201
        app(command.split(), standalone_mode=False)


if __name__ == "__main__":
    main()
