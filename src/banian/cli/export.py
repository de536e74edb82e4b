"""banian export."""

from pathlib import Path
from typing import Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson, EngineName
from banian.cli.show import console, print_json, show_table


@with_exit_code
def export(
    run: Annotated[Path, typer.Argument(help="Folder that banian fit wrote.")],
    int8: Annotated[bool, typer.Option("--int8", help="Store weights in 8 bits.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Where the tables lie that the run was fitted on; for --int8 and --one-set.",
        ),
    ] = None,
    most_loss: Annotated[
        float,
        typer.Option(
            "--most-loss", min=0, help="What share of its metric a task may lose by --int8."
        ),
    ] = 0.01,
    one_set: Annotated[
        bool,
        typer.Option(
            "--one-set", help="Make one set of weights that answers all tasks; needs --data."
        ),
    ] = False,
    passes: Annotated[
        int,
        typer.Option("--passes", min=0, help="Passes over the training rows, for --one-set."),
    ] = 3,
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

    With --one-set a bundle is made in which one set of weights answers all tasks, which costs what one task does:
    RUN/one_set, with graphs of its own. Rows that nothing was trained on say what that costs each task. Where none is
    worse beyond noise, banian serve answers by it; else only with banian serve --one-set. RUN/bundle stays as it is.

    \b
    Example:
      banian export runs/shop
      banian export runs/shop --one-set --data tables
      banian export runs/shop --int8 --data tables

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.workflows.export import export as make

    if one_set:
        _make_one_set(run, data, int8=int8, passes=passes, engine=engine, as_json=as_json)
        return
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


def _make_one_set(
    run: Path, data: Path | None, *, int8: bool, passes: int, engine: str, as_json: bool
) -> None:
    from banian.cli.progress import progress_bar
    from banian.workflows.one_set import make_one_set

    if int8:
        raise typer.BadParameter("does not go with --one-set", param_hint="--int8")
    if data is None:
        raise typer.BadParameter("needs --data DIR, the tables of the run", param_hint="--one-set")
    with progress_bar() as bar:
        told = make_one_set(
            run,
            data,
            passes=passes,
            engine=engine,
            recorder=bar,
            warn=lambda text: typer.echo(f"Warning: {text}", err=True),
        )
    if as_json:
        print_json(told.to_dict())
        return
    facts = told.facts
    typer.echo(f"{told.folder}: one set of weights by {facts.way}, beside {run}:")
    show_table(
        console(),
        (
            "task",
            "metric",
            "bundle ",
            "one set ",
            "gain, 95 % interval ",
            "worse ",
            "on test rows ",
        ),
        (
            (
                task,
                found.metric,
                _number(found.fitted),
                _number(found.one_set),
                f"{_number(found.lower)} to {_number(found.upper)}",
                "yes" if found.is_worse else "no" if found.upper is not None else "unknown",
                f"{_number(facts.tests[task].fitted)} to {_number(facts.tests[task].one_set)}",
            )
            for task, found in facts.tasks.items()
        ),
    )
    flag = " --one-set" if facts.worse else ""
    typer.echo(f"Next:\n  banian serve {run}{flag}")


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
