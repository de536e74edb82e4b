"""banian predict."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import EngineName
from banian.cli.show import print_json

if TYPE_CHECKING:
    import pyarrow as pa

    from banian.workflows.table_form import TableForm, TableParts

_STANDARD_OUTPUT = Path("-")


@with_exit_code
def predict(
    context: typer.Context,
    bundle: Annotated[Path, typer.Argument(help="Folder that banian fit wrote.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="Where the tables lie.", show_default=False)
    ] = None,
    ask: Annotated[
        Path | None,
        typer.Option(
            "--ask",
            metavar="FILE",
            help="Answer asks instead: .parquet, .csv or .jsonl; - is JSON lines on standard input.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="File to write: .parquet, .csv or .jsonl; - is CSV on standard output. Answers to asks go there "
            "without it.",
            show_default=False,
        ),
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", help="Only this task; may be repeated.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="As of when entities are asked, and from when on rows are, such as 2018-02-01 or "
            "2018-02-01T12:00+02:00; default: latest time, all rows.",
        ),
    ] = None,
    engine: EngineName = "duckdb",
    force: Annotated[
        bool, typer.Option("--force", help="Predict although columns are gone or unreadable.")
    ] = False,
    quarantine: Annotated[
        Path | None,
        typer.Option(
            "--quarantine", help="Where rows go that were set aside; default: beside the output."
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print what was done as JSON; with --ask and without --output, the answers, one to a line.",
        ),
    ] = False,
) -> None:
    """Predict with a fitted model.

    The file has the columns task, the key columns, cutoff, scene, value, mean, lower, upper, choice and choices: the
    mean adds up over rows where the value is a median; intervals hold nine of ten labels; choices are classes, items or
    treatments, the best first. Rows without a key bring their links.

    New data are compared with those of training, column by column; what differs is said on standard error. Rows that
    cannot be used are kept in OUTPUT.quarantine.parquet, with the reason.

    \b
    An ask says task or grain, the key or the columns of the row that asks, and at, as of when; what it leaves out is
    not known of a row, and of an entity is what is stored. It is answered from the store of the run (banian store) as
    it is now. Answers have three columns more: ask, the number of the ask, from 0; cold, which of the entities that it
    names nobody has seen; and eligible, whether WHERE and IN SCENE of the task hold for it. On standard
    output --json makes them JSON lines, one for each answer.

    \b
    Examples:
      banian predict runs/retail --data FOLDER --task repurchase --output predictions.parquet
      echo '{"task": "repurchase", "customer_id": 17850}' | banian predict runs/retail --ask -

    """  # noqa: D301
    if data is not None and ask is not None:
        raise typer.BadParameter("--data asks the tables' rows, --ask others: leave one out.")
    if ask is not None:
        if at is not None:
            raise typer.BadParameter("--at is for --data: write at in each ask.")
        for option in ("engine", "force", "quarantine"):
            source = context.get_parameter_source(option)
            if source is not None and source.name != "DEFAULT":
                raise typer.BadParameter(f"--{option} is for --data.")
        _answer(bundle, ask, tuple(task or ()), output or _STANDARD_OUTPUT, as_json=as_json)
        return
    if data is None:
        raise typer.BadParameter("Say what to predict from: --data FOLDER (tables) or --ask FILE.")
    if output is None:
        raise typer.BadParameter("Say where predictions go: --output FILE, or - for CSV.")
    from banian.bundle import load_bundle
    from banian.cli.spinner import spinner
    from banian.workflows.predict import predict_parts
    from banian.workflows.table_form import form_of
    from banian.workflows.write import expect_writable

    is_piped = output == _STANDARD_OUTPUT
    if is_piped and as_json:
        raise typer.BadParameter("--output - and --json both want standard output: leave one out.")
    for place in (output, quarantine):
        if place is not None and place != _STANDARD_OUTPUT:
            form_of(place)  # refused before work begins
            expect_writable(place)
    with spinner() as announce:
        announce("loading the bundle")
        found = predict_parts(
            load_bundle(bundle),
            data,
            tasks=tuple(task or ()),
            at=at,
            engine=engine,
            force=force,
            announce=announce,
            warn=lambda text: typer.echo(f"Warning: {text}", err=True),
        )
        _write(found.rows, output)
        aside = _set_aside(found.quarantine, output, quarantine)
    if as_json:
        tree = {
            "output": str(output),
            "rows": sum(found.tasks.values()),
            "tasks": dict(found.tasks),
            "as_of": {
                name: None if name not in found.moments else found.moments[name].isoformat()
                for name in found.tasks
            },
            "warnings": list(found.warnings),
            "quarantine": {
                "rows": len(found.quarantine),
                "file": None if aside is None else str(aside),
            },
        }
        print_json(tree)
        return
    for name, rows in found.tasks.items():
        moment = found.moments.get(name)
        when = "each row at its own time" if moment is None else f"as of {moment}"
        typer.echo(f"{name}: {rows:,} predictions, {when}", err=is_piped)
    if len(found.quarantine):
        where = "" if aside is None else f", in {aside}"
        plural = "s" * (len(found.quarantine) != 1)
        typer.echo(f"{len(found.quarantine):,} row{plural} set aside{where}", err=is_piped)
    if not is_piped:
        typer.echo(f"in {output}")


def _answer(run: Path, asks: Path, tasks: tuple[str, ...], output: Path, *, as_json: bool) -> None:
    """Answer a file of asks."""
    from banian.cli.spinner import spinner
    from banian.inference import load
    from banian.workflows.ask_file import read_ask_file
    from banian.workflows.table_form import TableParts, form_of
    from banian.workflows.write import expect_writable

    is_piped = output == _STANDARD_OUTPUT
    if not is_piped:
        form_of(output)
        expect_writable(output)
    with spinner() as announce:
        announce("reading the asks")
        given, is_text = read_ask_file(asks)
        announce("loading the model")
        predictor = load(run)
        announce("predicting")
        found = predictor.predict(given, tasks=tasks, is_text=is_text)
    for text in found.warnings:
        typer.echo(f"Warning: {text}", err=True)
    _write(TableParts.of(found.rows), output, form="jsonl" if as_json else "csv")
    if as_json and not is_piped:
        print_json(
            {
                "output": str(output),
                "rows": len(found),
                "tasks": dict(found.tasks),
                "warnings": list(found.warnings),
            }
        )
        return
    for name, rows in found.tasks.items():
        typer.echo(f"{name}: {rows:,} prediction{'s' * (rows != 1)}", err=is_piped)
    if not is_piped:
        typer.echo(f"in {output}")


def _write(rows: "TableParts", output: Path, form: "TableForm" = "csv") -> None:
    from banian.workflows.table_form import write_form
    from banian.workflows.write import explained, write_table

    if output != _STANDARD_OUTPUT:
        write_table(rows, output)
        return
    with explained(Path("standard output")):
        try:
            write_form(rows, sys.stdout.buffer, form)
            sys.stdout.buffer.flush()
        except OSError as error:
            # What is still held back is written to nowhere, or it would fail once more as Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if not isinstance(error, BrokenPipeError):  # whoever reads has seen enough
                raise


def _set_aside(aside: "pa.Table", output: Path, asked: Path | None) -> Path | None:
    """Keep the rows that were set aside; say where. An earlier file of that name is not left to be taken for it."""
    from banian.storage import is_stream
    from banian.workflows.write import write_table

    place = asked
    if place is None and output != _STANDARD_OUTPUT and not is_stream(output):
        beside = output.with_name(f"{output.stem}.quarantine.parquet")
        place = beside if len(aside) or beside.exists() else None
    if place is not None:
        write_table(aside, place)
    return place
