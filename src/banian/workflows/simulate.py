"""simulate: a preset and its knobs → the tables of a marketplace whose truth is known."""

from os import PathLike
from pathlib import Path

from pydantic import ValidationError

from banian.datasets.marketplace import FILES, PRESETS, Market, Simulation, write_marketplace
from banian.errors import SpecError, TableError, nearest
from banian.spec.validation_fault import explain_fault
from banian.spec.yaml_text import read_yaml
from banian.storage import new_folder
from banian.workflows.progress import Announce, silence
from banian.workflows.write import explained

_MARK = "truth.json"


def simulate(
    folder: str | PathLike[str],
    *,
    preset: str = "shop",
    settings: tuple[str, ...] = (),
    announce: Announce = silence,
) -> Simulation:
    """Simulate a marketplace into a folder, which holds all of it or what it held before.

    `settings` are assignments to the knobs of the preset, like `drift=0.5`.

    Raises:
        SpecError: there is no such preset or knob, or the value is impossible.
        TableError: the folder holds something else, or cannot be written.

    """
    market = _choose_market(preset, settings)
    folder = Path(folder).resolve()  # so that `.` has a name to be replaced by

    def on_day(day: int) -> None:
        announce(f"day {day + 1:,} of {market.days:,}")

    with explained(folder):
        _check_is_free(folder)
        with new_folder(folder) as partial:
            return write_marketplace(market, partial, on_day=on_day)


def _choose_market(preset: str, settings: tuple[str, ...]) -> Market:
    if preset not in PRESETS:
        raise SpecError(f"There is no preset {preset!r}.", remedy=nearest(preset, PRESETS))
    values = PRESETS[preset].model_dump()
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not equals:
            raise SpecError(
                f"Cannot read the setting {setting!r}.", remedy="Write it like: --set drift=0.5"
            )
        if name not in Market.model_fields:
            raise SpecError(
                f"There is no knob {name!r}.", remedy=nearest(name, Market.model_fields)
            )
        try:
            values[name] = read_yaml(text)
        except SpecError:
            values[name] = text  # refused below, where the knob says what it wants
    try:
        return Market.model_validate(values)
    except ValidationError as error:
        raise SpecError(
            explain_fault(error), remedy="Set another value; docs/simulator.md explains every knob."
        ) from None


def _check_is_free(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier simulation."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise TableError(f"{folder} is a file.", remedy="Name a folder.")
    there = {path.name for path in folder.iterdir()}
    foreign = sorted(there - FILES) if _MARK in there else sorted(there)
    if foreign:
        raise TableError(
            f"{folder} already holds {foreign[0]!r}, which no simulation wrote.",
            remedy="Name a new or empty folder, or one that holds nothing but a simulation.",
        )
