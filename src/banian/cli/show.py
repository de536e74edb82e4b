"""Tables for people."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

_ENDLESS = (
    100_000  # where the output goes to a file or a pipe: a table is as wide as what stands in it
)


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
        table.add_row(*row)
    to.print(table)
