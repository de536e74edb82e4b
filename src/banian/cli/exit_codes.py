"""How a command ends: 0, 1 with an error, 130 where it was interrupted, 2 where it was called wrongly."""

import functools
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, cast, final

import typer
from typer.core import TyperGroup
from typing_extensions import override

from banian.conceal import conceal
from banian.errors import BanianError

_ENGINE_INTERRUPTED = "Query interrupted"  # what DuckDB makes of Ctrl-C
_Arguments = ParamSpec("_Arguments")
_UsageError = cast(
    "type[typer.BadParameter]", typer.BadParameter.__bases__[0]
)  # of a click that newer releases of typer bring along


def with_exit_code(command: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Let a command that fails as foreseen end with a sentence and an exit code instead of a traceback."""

    @functools.wraps(command)
    def run(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except BanianError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            _end_interrupted()
        except (typer.Exit, typer.Abort, _UsageError, BrokenPipeError):
            raise
        except Exception as error:
            if isinstance(error, RuntimeError) and str(error) == _ENGINE_INTERRUPTED:
                _end_interrupted()
            # Nobody meant it, so whoever mends it needs the trace; a secret may stand in what a library said.
            typer.echo(conceal(traceback.format_exc()), err=True)
            raise typer.Exit(1) from None

    return run


def _end_interrupted() -> NoReturn:
    typer.echo("Interrupted.", err=True)
    raise typer.Exit(130) from None


@final
class Commands(TyperGroup):
    """The group of commands; its messages about wrong calls repeat no secret."""

    @override
    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        return _shown(super().make_context, *args, **kwargs)

    @override
    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        return _shown(super().invoke, *args, **kwargs)


def _shown(step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    try:
        return step(*args, **kwargs)
    except _UsageError as error:
        error.message = conceal(error.message)
        raise
