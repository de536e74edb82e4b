"""banian predict."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from banian.cli.answering import answering
from banian.cli.options import AsJson, EngineName


@answering
def predict(
    bundle: Annotated[Path, typer.Argument(help="Folder that banian fit wrote.")],
    data: Annotated[Path, typer.Option("--data", help="Where the tables lie.")],
    output: Annotated[Path, typer.Option("--output", help="Parquet file to write.")],
    task: Annotated[
        list[str] | None, typer.Option("--task", help="Only this task; may be repeated.")
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            "--at",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"],
            help="As of when entities are asked, and from when on rows are; default: latest time, all rows.",
        ),
    ] = None,
    engine: EngineName = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Predict with a fitted model.

    The file has the columns task, the key columns, cutoff, scene, value, lower, upper, choice and choices: intervals
    hold nine of ten labels; choices are classes, items or treatments, the best first.

    \b
    Example:
      banian predict runs/retail --data FOLDER --task repurchase --output predictions.parquet

    """  # noqa: D301
    from banian.bundle import load_bundle
    from banian.cli.spinner import spinner
    from banian.workflows.predict import predict as run
    from banian.workflows.write import write_table

    with spinner() as announce:
        announce("loading the bundle")
        table = run(
            load_bundle(bundle),
            data,
            tasks=tuple(task or ()),
            at=at,
            engine=engine,
            announce=announce,
        )
        write_table(table, output)
    counts = {row["values"]: row["counts"] for row in table["task"].value_counts().to_pylist()}
    if as_json:
        print(json.dumps({"output": str(output), "rows": len(table), "tasks": counts}))  # noqa: T201
        return
    for name, rows in counts.items():
        print(f"{name}: {rows:,} predictions")  # noqa: T201
    print(f"in {output}")  # noqa: T201
