"""How a command ends: 0, 1 with an error meant for the user, 130 where it was interrupted."""

import functools
from collections.abc import Callable
from typing import ParamSpec

import typer

from banian.errors import BanianError

_ENGINE_INTERRUPTED = "Query interrupted"  # what DuckDB makes of Ctrl-C
_Arguments = ParamSpec("_Arguments")


def answering(command: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Let a command end with a sentence and an exit code, never with a traceback, where that is meant."""

    @functools.wraps(command)
    def run(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except BanianError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(1) from None
        except (KeyboardInterrupt, RuntimeError) as error:
            if isinstance(error, RuntimeError) and str(error) != _ENGINE_INTERRUPTED:
                raise
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(130) from None

    return run
