"""banian export."""

from pathlib import Path
from typing import Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson, EngineName
from banian.cli.show import print_json


@with_exit_code
def export(
    run: Annotated[Path, typer.Argument(help="Folder that banian fit wrote.")],
    int8: Annotated[bool, typer.Option("--int8", help="Store weights in 8 bits.")] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Where the tables lie that the run was fitted on; for --int8."),
    ] = None,
    most_loss: Annotated[
        float,
        typer.Option(
            "--most-loss", min=0, help="What share of its metric a task may lose by --int8."
        ),
    ] = 0.01,
    engine: EngineName = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Write the networks of a run as graphs in ONNX, which are loaded where it is served.

    RUN/graphs gets, for each kind of rows and each set of weights, one graph per entity, whose vectors can be kept, and
    one that goes on from them to the logits of all tasks. Each is tried against its network before it is put in place.
    Graphs belong to the bundle that they were made from: after another fit they are refused until they are made again.
    It needs the extra serve: pip install "banian[serve]".

    With --int8 graphs take about a third of the room. What that costs each task is measured on its test rows; where one
    loses more than --most-loss, earlier graphs stay.

    \b
    Example:
      banian export runs/shop
      banian export runs/shop --int8 --data tables

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.workflows.export import export as make

    with spinner() as announce:
        told = make(
            run,
            data,
            int8=int8,
            most_loss=most_loss,
            engine=engine,
            announce=announce,
            warn=lambda text: typer.echo(f"Warning: {text}", err=True),
        )
    if as_json:
        print_json(told.to_dict())
        return
    typer.echo(f"{told.folder}: {told.graphs} graphs, {told.size / 2**20:,.1f} MiB.")
    for task, loss in told.manifest.losses.items():
        typer.echo(f"  {task}: {loss:+.3%} of its metric lost")
