"""A spinner for stages whose length is not known."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from banian.cli.interrupt import interruptible


@contextmanager
def spinner() -> Iterator[Callable[[str], None]]:
    """Show the present stage while the block runs and can be interrupted; without a terminal, a line a stage."""
    console = Console(stderr=True)
    with interruptible():
        if console.is_terminal:
            with console.status("starting") as status:
                yield status.update
        else:
            yield _once_a_stage()


def _once_a_stage() -> Callable[[str], None]:
    """Say each stage, and of one that counts, like day 7 of 240, only where it begins."""
    last: list[str] = []

    def say(stage: str) -> None:
        what = re.sub(r"\d+ of \d+", "", stage)
        if last != [what]:
            last[:] = [what]
            say_stage(stage)

    return say


def say_stage(stage: str) -> None:
    """Say on standard error what begins now."""
    typer.echo(stage, err=True)
