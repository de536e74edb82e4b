"""banian check."""

import json

from banian.cli.answering import answering
from banian.cli.options import AsJson, DataFolder, Overrides, SpecFile, data_folder
from banian.cli.show import console, show_table


@answering
def check(
    spec: SpecFile, data: DataFolder = None, overrides: Overrides = None, as_json: AsJson = False
) -> None:
    """Say what is in the tables and what can be learned.

    Nothing is written and nothing is trained.

    \b
    Example:
      banian check gallery/online_retail.yaml --data FOLDER

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.workflows.check import check as run
    from banian.workflows.load_spec import load_spec

    declared = load_spec(spec, overrides=tuple(overrides or ()))
    with spinner() as announce:
        report = run(declared, data_folder(spec, data), announce=announce)
    if as_json:
        print(json.dumps(report.to_dict()))  # noqa: T201
        return
    to = console()
    for name, table in report.tables.items():
        span = f", {table.first} to {table.last}" if table.first else ""
        to.print(f"{name}: {table.kept:,} of {table.read:,} rows kept{span}", highlight=False)
        for reason, rows in table.rejected.items():
            to.print(f"  set aside {rows:,}: {reason}", highlight=False, markup=False)
        for fault, times in table.noticed.items():
            to.print(f"  noticed {times:,}: {fault}", highlight=False, markup=False)
    roles = ("asked", "select", "valid", "refit", "calibration", "test")
    show_table(
        to,
        ("task", "kind", "grain", *(f"{role} " for role in roles), "mean "),
        (
            (
                task,
                supply.kind,
                supply.grain,
                *(f"{getattr(supply, role):,}" for role in roles),
                f"{supply.mean:.4g}",
            )
            for task, supply in report.tasks.items()
        ),
    )
    for grain, entities in report.features.items():
        sizes = ", ".join(f"{len(names)} of {entity}" for entity, names in entities.items())
        to.print(f"features of {grain}: {sizes} (banian check --json names them)", highlight=False)
