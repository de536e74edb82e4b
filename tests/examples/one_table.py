"""A shop of one table of events, and its examples at one cutoff."""

from datetime import datetime, timedelta
from pathlib import Path

from banian.examples import GrainExamples
from banian.examples.build import build_examples
from banian.spec import ShopSpec, parse_spec
from banian.tables import read_database

DAY = timedelta(days=1)
AT = datetime(2020, 3, 1)

HEAD = "shop: s\nmodel: {sequences: attention}\nsplit: {valid: 2020-02-01, test: 2020-03-01}\n"
EVENTS = "tables:\n  e: {source: e.csv, time: at, links: {who: w}%s}\n  w: {from: e, key: who}\n"


def spec_of(tasks: str, more: str = "") -> ShopSpec:
    return parse_spec(f"{HEAD}{EVENTS % more}tasks:\n{tasks}")


def build(
    folder: Path, lines: list[str], spec: ShopSpec, *, header: str = "at,who,n", **options: object
) -> GrainExamples:
    (folder / "e.csv").write_text("\n".join([header, *lines]) + "\n")
    database = read_database(spec, folder)
    built = build_examples(database, {"w": (AT,)}, **options)  # type: ignore[arg-type]
    return next(iter(built.grains.values()))


def at(offset: timedelta) -> str:
    return (AT + offset).isoformat(" ")
