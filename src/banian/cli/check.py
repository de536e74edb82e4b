"""banian check."""

from typing import TYPE_CHECKING, Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson, DataFolder, EngineName, Overrides, SpecFile, data_folder
from banian.cli.show import console, print_json, say, show_table, show_unused, show_yaml

if TYPE_CHECKING:
    from rich.console import Console

    from banian.workflows.check import CheckReport


@with_exit_code
def check(
    spec: SpecFile,
    data: DataFolder = None,
    engine: EngineName = "duckdb",
    overrides: Overrides = None,
    features: Annotated[
        bool, typer.Option("--features", help="List every feature and what it alone can say.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is in the tables, what can be learned, and what was hardly known in time.

    A column that gives a label away is refused; one that predicts it suspiciously well is warned of. Nothing is written
    and nothing is trained. Without tasks in SPEC, it says what the columns hold.

    \b
    Example:
      banian check gallery/online_retail.yaml --data FOLDER --features

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.workflows.check import check as run
    from banian.workflows.load_spec import load_spec

    declared = load_spec(spec, overrides=tuple(overrides or ()))
    with spinner() as announce:
        report = run(
            declared,
            data_folder(spec, data),
            engine=engine,
            announce=announce,
            warn=lambda text: typer.echo(f"Warning: {text}", err=True),
        )
    if as_json:
        print_json(report.to_dict())
        return
    to = console()
    _show_tables(to, report)
    if not report.tasks:
        show_unused(to, report.unused)
        _show_columns(to, report)
        say(
            to,
            f"\nNo task is asked. banian propose {spec} lists those that the tables could supervise.",
        )
        return
    _show_supply(to, report)
    if features:
        _show_features(to, report)
    else:
        for grain, entities in report.features.items():
            sizes = ", ".join(f"{len(found)} of {entity}" for entity, found in entities.items())
            to.print(
                f"features of {grain}: {sizes} (banian check --features lists them)",
                highlight=False,
            )
    show_unused(to, report.unused)
    for warning in report.warnings:
        to.print(f"\nWarning: {warning}", highlight=False, markup=False, soft_wrap=True)


def _show_tables(to: "Console", report: "CheckReport") -> None:
    for name, table in report.tables.items():
        span = f", {table.first} to {table.last}" if table.first else ""
        to.print(f"{name}: {table.kept:,} of {table.read:,} rows kept{span}", highlight=False)
        if table.read_as is not None:
            to.print(f"  read as: {table.read_as}", highlight=False, markup=False)
        for reason, rows in table.rejected.items():
            to.print(f"  set aside {rows:,}: {reason}", highlight=False, markup=False)
        for fault, times in table.noticed.items():
            to.print(f"  noticed {times:,}: {fault}", highlight=False, markup=False)


def _show_columns(to: "Console", report: "CheckReport") -> None:
    for name, columns in report.columns.items():
        to.print(f"\n{name}", style="bold", highlight=False, markup=False)
        show_table(
            to,
            ("column", "holds", "means", "is", "known ", "different ", "from, or most often", "to"),
            (
                (
                    column.name,
                    column.kind,
                    column.means,
                    column.role,
                    f"{column.known:.0%}",
                    f"{column.distinct:,}",
                    column.least
                    or ", ".join(f"{text} ({n:,})" for text, n in column.values.items()),
                    column.most or "",
                )
                for column in columns
            ),
        )
    if report.guessed is not None:
        say(to, "# Guessed from names and values, nothing was declared: read it before use.")
        show_yaml(to, {"tables": report.guessed})


def _show_supply(to: "Console", report: "CheckReport") -> None:
    roles = ("asked", "select", "valid", "refit", "calibration", "test")
    show_table(
        to,
        ("task", "kind", "grain", *(f"{role} " for role in roles), "mean ", "reach"),
        (
            (
                task,
                counts.kind,
                counts.grain,
                *(f"{getattr(counts, role):,}" for role in roles),
                "" if counts.mean is None else f"{counts.mean:.4g}",
                "" if counts.reach is None else counts.reach[:10],
            )
            for task, counts in report.tasks.items()
        ),
    )


def _show_features(to: "Console", report: "CheckReport") -> None:
    to.print(
        "What each feature alone says of the labels that train, best first: AUC of a yes or no (0.5: nothing), "
        "rank correlation of a number (0: nothing).",
        highlight=False,
    )
    for grain, entities in report.features.items():
        tasks = [task for task, counts in report.tasks.items() if counts.grain == grain]
        for entity, features in entities.items():
            to.print(f"\n{grain}: features of {entity}", highlight=False)
            show_table(
                to,
                ("feature", "meaning", "kind", "known ", *(f"{task} " for task in tasks)),
                (
                    (
                        feature.name,
                        feature.meaning,
                        feature.kind,
                        f"{feature.known:.0%}",
                        *(
                            f"{feature.scores[task].value:.3f}" if task in feature.scores else ""
                            for task in tasks
                        ),
                    )
                    for feature in features
                ),
            )
