"""The options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

SpecFile = Annotated[Path, typer.Argument(metavar="SPEC", help="YAML file that declares the shop.")]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Where relative source: paths are looked up; default: beside SPEC."
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help="duckdb; spark, on this machine; or a cluster's master URL: spark://HOST:7077, yarn, k8s://…",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="End with one JSON object on standard output.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="A.B=VALUE", help="Override a part of SPEC; may be repeated."),
]


def data_folder(spec: Path, data: Path | None) -> Path:
    """Say where the tables lie."""
    return spec.parent if data is None else data
