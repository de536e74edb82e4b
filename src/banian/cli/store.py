"""banian store."""

from pathlib import Path
from typing import Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson, EngineName
from banian.cli.show import print_json


@with_exit_code
def store(
    run: Annotated[Path, typer.Argument(help="Folder that banian fit wrote.")],
    data: Annotated[Path, typer.Option("--data", help="Where the tables lie.")],
    append: Annotated[
        bool, typer.Option("--append", help="Add the rows to the store that is there.")
    ] = False,
    engine: EngineName = "duckdb",
    force: Annotated[
        bool, typer.Option("--force", help="Go on although columns are gone or unreadable.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep what is known of every entity, so that one of them can be asked about at any instant.

    RUN/store gets, for each event and each entity that sees it, what had added up by then: sums, counts, newest
    values. To say what was known of one customer at one instant is then a few reads, not a pass over the tables. An
    earlier store is replaced as a whole. Rows that cannot be used are kept in RUN/store.quarantine.parquet.

    With --append DATA has new rows alone, of some tables or all: they may come late, and a row whose key is stored
    takes the place of the stored row, or is left out where it says the same; of a table without a key every row is new.
    The store answers then as if it had been built from all rows together. For that it keeps the rows of all tables.
    What no longer answers is cleared away from time to time.

    \b
    Example:
      banian store runs/shop --data tables
      banian store runs/shop --data today --append

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.workflows.store import store as make

    with spinner() as announce:
        told = make(
            run,
            data,
            append=append,
            engine=engine,
            force=force,
            announce=announce,
            warn=lambda text: typer.echo(f"Warning: {text}", err=True),
        )
    if as_json:
        print_json(told.to_dict())
        return
    size = f"{told.size / 2**20:,.1f} MiB"
    if told.events:
        size += f", {told.size_per_event:,.0f} bytes an event and entity"
    tables = f"{told.tables / 2**20:,.1f} MiB"
    typer.echo(f"{told.folder}: {told.events:,} rows of events, {size}; the tables {tables}.")
    if told.added is not None:
        said = f"{told.added:,} rows added, {told.replaced:,} replaced."
        typer.echo(said if told.added or told.replaced else "Nothing new.")
    if told.quarantine is not None:
        typer.echo(f"{told.aside:,} rows were set aside: {told.quarantine}")
