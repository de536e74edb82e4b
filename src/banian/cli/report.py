"""banian report."""

from pathlib import Path
from typing import Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson
from banian.cli.show import console, print_json, show_table


@with_exit_code
def report(
    run: Annotated[Path, typer.Argument(help="Folder that banian fit wrote.")],
    truth: Annotated[
        Path | None,
        typer.Option("--truth", help="Folder of a simulation: adds the best possible score."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="HTML file to write; default: RUN/report.html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a run found, and write it as one page with pictures.

    The page needs no network and no other file.

    \b
    Example:
      banian report runs/retail --output report.html

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.report import format_task_table, next_commands
    from banian.workflows.report import report as make

    with spinner() as announce:
        told = make(run, truth=truth, output=output, announce=announce)
    if as_json:
        print_json(told.to_dict())
        return
    to = console()
    show_table(to, *format_task_table(told.results))
    to.print(f"{told.page}. Next:", highlight=False, markup=False, soft_wrap=True)
    for command in next_commands(told.run, told.results).values():
        to.print(f"  {command}", highlight=False, markup=False, soft_wrap=True)
