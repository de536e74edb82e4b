"""banian simulate."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson
from banian.cli.show import console, print_json, say, show_table

_WITH_PHOTOS = 0.85


class Preset(StrEnum):
    """A marketplace to start from."""

    small = "small"
    shop = "shop"
    marketplace = "marketplace"


@with_exit_code
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write.")],
    preset: Annotated[
        Preset, typer.Option("--preset", help="About 50 thousand, 1 or 10 million impressions.")
    ] = Preset.shop,
    customers: Annotated[
        int | None, typer.Option("--customers", help="How many join; default: as the preset says.")
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", help="How long; default: as the preset says.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bytes.")] = 7,
    photos: Annotated[
        bool, typer.Option("--photos", help="Draw a photo of most products; as --set photos=0.85.")
    ] = False,
    knobs: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Set a knob; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a marketplace whose truth is known.

    DIR gets Parquet tables of what a shop sees (customers, products, impressions, orders, payments, …), shop.yaml that
    asks the first questions of them, and what only a simulation knows: truth.parquet with the true probability of every
    label, and truth.json with the parameters. An earlier simulation in DIR is replaced.

    Knobs: position_bias, price_elasticity, seasonality, help, conflict, drift, missing_labels, scene_imbalance,
    merchant_heterogeneity, fraud, ring_size, leaving, visits, products, merchants, content, photos.

    \b
    Example:
      banian simulate shop --preset small --set drift=0.5

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.datasets.marketplace import FEWEST_DAYS
    from banian.workflows.simulate import simulate as run

    sizes = {"customers": customers, "days": days, "seed": seed}
    said = tuple(f"{name}={value}" for name, value in sizes.items() if value is not None)
    settings = (*said, *([f"photos={_WITH_PHOTOS}"] if photos else ()), *(knobs or ()))
    with spinner() as announce:
        result = run(folder, preset=preset.value, settings=settings, announce=announce)
    if as_json:
        print_json(result.to_dict())
        return
    to = console()
    show_table(to, ("table", "rows "), ((n, f"{rows:,}") for n, rows in result.rows.items()))
    if result.market.days < FEWEST_DAYS:
        say(
            to,
            f"{folder}. In {result.market.days:,} days too few labels become known to fit its shop.yaml, "
            f"whose questions look a month ahead: simulate {FEWEST_DAYS} or more (--days {FEWEST_DAYS}).",
        )
        return
    to.print(f"{folder}. Next:", highlight=False)
    to.print(f"  banian fit {folder / 'shop.yaml'} --out RUN", highlight=False, soft_wrap=True)
    to.print(f"  banian report RUN --truth {folder}", highlight=False, soft_wrap=True)
