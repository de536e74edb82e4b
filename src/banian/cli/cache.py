"""banian cache."""

from pathlib import Path
from typing import Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson
from banian.cli.show import console, print_json, show_table


@with_exit_code
def cache(
    run: Annotated[Path, typer.Argument(help="Folder of a run: what --out named.")],
    clear: Annotated[bool, typer.Option("--clear", help="Remove it.")] = False,
    as_json: AsJson = False,
) -> None:
    """See what a run keeps to be faster next time, or remove it.

    A run keeps its examples and its encoded batches, each under a key made from the spec, the data and Banian's own
    code, so that what is stale is never used. Removing it costs nothing but time.

    \b
    Example:
      banian cache runs/retail --clear

    """  # noqa: D301
    from banian.errors import RunError
    from banian.workflows.cache import clear_cache, list_cache

    if not run.is_dir():
        raise RunError(f"There is no folder {run}.", remedy="Name the folder of a run.")
    entries = list_cache(run)
    if clear:
        clear_cache(run)
    size = sum(entry.size for entry in entries)
    if as_json:
        listed = [entry.to_dict() for entry in entries]
        print_json({"entries": listed, "bytes": size, "cleared": clear})
        return
    to = console()
    show_table(
        to,
        ("kind", "key", "made at", "MB "),
        ((entry.kind, entry.key, entry.made_at, f"{entry.size / 1e6:,.1f}") for entry in entries),
    )
    done = "removed" if clear else "kept; --clear removes them"
    to.print(f"{len(entries)} folders, {size / 1e6:,.1f} MB, {done}", highlight=False)
