"""banian keys."""

from pathlib import Path
from typing import Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson
from banian.cli.show import console, print_json, show_table

keys = typer.Typer(
    name="keys",
    help="Keys that open a service: made here, shown once, and kept as hashes.",
    no_args_is_help=True,
)
KeyFile = Annotated[Path, typer.Option("--keys", metavar="FILE", help="File of keys.")]
_FILE = Path("keys.json")


@keys.command(no_args_is_help=True)
@with_exit_code
def add(
    name: Annotated[str, typer.Argument(help="Of who gets it; the log and the audit name it so.")],
    file: KeyFile = _FILE,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="NAME=A,B",
            help="tasks=… that it may ask; an entity of the shop, like merchants=…, that asks must be about.",
        ),
    ] = None,
    admin: Annotated[
        bool, typer.Option("--admin", help="It may publish a model and roll it back.")
    ] = False,
    rate: Annotated[
        str | None,
        typer.Option(
            "--rate",
            metavar="N/s",
            help="Asks a second; default: as many as it likes.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, once; the file keeps its hash alone, and only its owner may read it.

    A service that runs takes it a second later. Who comes and goes stands in FILE.audit.jsonl.

    \b
    Example:
      banian keys add shop-front --scope tasks=repurchase,spend --rate 50/s

    """  # noqa: D301
    from banian.serving.keys import add_key, read_scope

    secret = add_key(file, name, scope=read_scope(scope or ()), is_admin=admin, rate=_rate(rate))
    if as_json:
        print_json({"name": name, "key": secret, "file": str(file)})
        return
    typer.echo(f"The key of {name}, which is shown this once:", err=True)
    typer.echo(secret)
    typer.echo(f"Serve with it: banian serve RUN --keys {file}", err=True)


@keys.command("list")
@with_exit_code
def list_keys(file: KeyFile = _FILE, as_json: AsJson = False) -> None:
    """List whose keys there are, and what they may do.

    \b
    Example:
      banian keys list

    """  # noqa: D301
    from banian.serving.keys import read_keys

    found = read_keys(file)
    if as_json:
        told = [
            {
                "name": key.name,
                "scope": {name: list(said) for name, said in key.scope.items()},
                "admin": key.is_admin,
                "rate": key.rate,
                "made_at": key.made_at,
                "revoked_at": key.revoked_at,
            }
            for key in found
        ]
        print_json({"keys": told})
        return
    rows = [
        (
            key.name,
            " ".join(f"{name}={','.join(said)}" for name, said in key.scope.items()) or "all",
            "yes" if key.is_admin else "",
            "" if key.rate is None else f"{key.rate:g}/s",
            key.made_at,
            key.revoked_at or "",
        )
        for key in found
    ]
    show_table(console(), ("name", "scope", "admin", "rate ", "made", "revoked"), rows)


@keys.command(no_args_is_help=True)
@with_exit_code
def revoke(
    name: Annotated[str, typer.Argument(help="Whose key opens nothing from now on.")],
    file: KeyFile = _FILE,
) -> None:
    """Take a key back; a service that runs notices a second later.

    \b
    Example:
      banian keys revoke shop-front

    """  # noqa: D301
    from banian.serving.keys import revoke_key

    revoke_key(file, name)
    typer.echo(f"The key of {name} opens nothing any more.")


def _rate(text: str | None) -> float | None:
    if text is None:
        return None
    number, _, unit = text.partition("/")
    try:
        rate = float(number)
    except ValueError:
        rate = 0.0
    if unit not in ("", "s") or not 0 < rate < float("inf"):
        raise typer.BadParameter(f"--rate {text!r}: write asks a second, like 50/s.")
    return rate
