"""What is being done, where nobody can say how much of it is left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from banian.cli.interrupt import interruptible


@contextmanager
def spinner() -> Iterator[Callable[[str], None]]:
    """Show the present stage while the block runs and can be interrupted; nothing where there is no terminal."""
    console = Console(stderr=True)
    with interruptible(), console.status("starting") as status:
        yield status.update
