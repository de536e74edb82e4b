"""banian store."""

import json
from pathlib import Path
from typing import Annotated

import typer

from banian.cli.answering import answering
from banian.cli.options import AsJson, EngineName
from banian.cli.show import console


@answering
def store(
    run: Annotated[Path, typer.Argument(help="Folder that banian fit wrote.")],
    data: Annotated[Path, typer.Option("--data", help="Where the tables lie.")],
    engine: EngineName = "duckdb",
    force: Annotated[
        bool, typer.Option("--force", help="Go on although columns are gone or unreadable.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep what is known of every entity, so that one of them can be asked about at any instant.

    RUN/store gets, for each event and each entity that sees it, what had added up by then: sums, counts, newest
    values. To say what was known of one customer at one instant is then a few reads, not a pass over the tables. An
    earlier store is replaced as a whole. Beside the features of a model a store holds no raw table.

    \b
    Example:
      banian store runs/shop --data tables

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.workflows.store import store as make

    with spinner() as announce:
        told = make(
            run,
            data,
            engine=engine,
            force=force,
            announce=announce,
            warn=lambda text: typer.echo(f"Warning: {text}", err=True),
        )
    if as_json:
        print(json.dumps(told.to_dict()))  # noqa: T201
        return
    size = f"{told.size / 2**20:,.1f} MiB, {told.size_per_event:,.0f} bytes an event and entity"
    console().print(
        f"{told.folder}: {told.events:,} rows of events, {size}.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
