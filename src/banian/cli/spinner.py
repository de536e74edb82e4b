"""What is being done, where nobody can say how much of it is left."""

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
            yield say_stage


def say_stage(stage: str) -> None:
    """Say on standard error what begins now."""
    typer.echo(stage, err=True)
