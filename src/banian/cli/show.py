"""Tables for people."""

from collections.abc import Iterable, Mapping, Sequence

import yaml
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from banian.storage import strict_json

_ENDLESS = (
    100_000  # where the output goes to a file or a pipe: a table is as wide as what stands in it
)

WIDE = 10_000
"""Lines that are to be pasted are not broken."""


def console() -> Console:
    """Give a console as wide as the terminal; where there is none, nothing is ever wrapped."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=_ENDLESS)


def show_table(to: Console, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under names; columns whose name ends in a space are numbers and stand to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name.rstrip(), justify="right" if name.endswith(" ") else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    to.print(table)


def print_json(tree: Mapping[str, object]) -> None:
    """Print one JSON object on standard output, alone and on one line."""
    print(strict_json(tree, only_ascii=True))  # noqa: T201


def say(to: Console, text: str) -> None:
    """Print text as it is, in lines as long as they are, so that they can be pasted."""
    to.print(text, highlight=False, markup=False, soft_wrap=True)


def show_yaml(to: Console, tree: Mapping[str, object]) -> None:
    """Print a part of a spec."""
    text = yaml.safe_dump(
        dict(tree), sort_keys=False, width=WIDE, allow_unicode=True, default_flow_style=None
    )
    say(to, text.rstrip())


def show_unused(to: Console, unused: Mapping[str, str]) -> None:
    """Name the tables that give no features, with the reason and the remedy."""
    for table, why in unused.items():
        say(to, f"\nNo features from {table}: {why}")
