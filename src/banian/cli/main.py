"""The command `banian`."""

from typing import Annotated

import typer

from banian.cli.cache import cache
from banian.cli.check import check
from banian.cli.exit_codes import Commands
from banian.cli.export import export
from banian.cli.fit import fit
from banian.cli.keys import keys
from banian.cli.predict import predict
from banian.cli.propose import propose
from banian.cli.report import report
from banian.cli.serve import serve
from banian.cli.simulate import simulate
from banian.cli.store import store

app = typer.Typer(
    name="banian",
    cls=Commands,
    help=(
        "One model for every prediction a shop needs.\n\n"
        "Say in a short YAML what your tables are and what you ask of them; then\n\n"
        "\b\n"
        "  banian propose shop.yaml --data tables    lists what the tables could supervise\n"
        "  banian check shop.yaml --data tables\n"
        "  banian fit shop.yaml --data tables --out runs/shop\n"
        "  banian report runs/shop\n"
        "  banian predict runs/shop --data tables --output predictions.parquet\n"
        "  banian store runs/shop --data tables\n"
        "  banian serve runs/shop                    answers over HTTP\n\n"
        "No tables at hand? banian simulate tables --preset small makes some, with a shop.yaml."
    ),
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _say_version(asked: bool | None) -> None:
    if asked:
        import banian

        typer.echo(f"banian {banian.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool | None,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Show the version and leave."
        ),
    ] = None,
) -> None:
    del version  # the callback has seen it


for command in (check, propose, fit, predict, report, simulate, store, export, serve, cache):
    app.command(no_args_is_help=True)(command)
app.add_typer(keys)
