"""A simulated marketplace: one model for six tasks at four grains, beside the best possible scores.

Run it by `make demo`; everything lands in runs/demo.
"""

from pathlib import Path

from banian.cli.main import app

FOLDER = Path("runs/demo")
TABLES = FOLDER / "tables"


def main() -> None:
    """Run the commands as one would type them."""
    for command in (
        f"simulate {TABLES} --preset small",
        f"fit {TABLES / 'shop.yaml'} --out {FOLDER} --overwrite",
        f"report {FOLDER} --truth {TABLES}",
    ):
        print(f"\n$ banian {command}", flush=True)  # noqa: T201
        app(command.split(), standalone_mode=False)


if __name__ == "__main__":
    main()
