"""banian propose."""

from datetime import date
from typing import TYPE_CHECKING

import yaml

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson, DataFolder, Overrides, SpecFile, data_folder
from banian.cli.show import WIDE, console, print_json, say, show_table, show_unused, show_yaml

if TYPE_CHECKING:
    from rich.console import Console

    from banian.workflows.propose_report import Proposal, Proposals, ProposeReport


@with_exit_code
def propose(
    spec: SpecFile,
    data: DataFolder = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """List the tasks that the tables could supervise, each tried quickly, and the YAML to paste.

    SPEC may lack tasks and split; where it declares no key, time or link either, they are guessed and printed. Skill is
    the share of a constant's error that a quick model takes away on later rows: 0 is the constant, 1 is perfect.
    Nothing is written.

    \b
    Example:
      banian propose shop.yaml --data tables

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.workflows.load_spec import load_tables
    from banian.workflows.propose import propose as run

    declared, has_split = load_tables(spec, overrides=tuple(overrides or ()))
    with spinner() as announce:
        report = run(declared, data_folder(spec, data), has_split=has_split, announce=announce)
    if as_json:
        print_json(report.to_dict())
        return
    _show(console(), report)


def _show(to: "Console", report: "ProposeReport") -> None:
    for group in report.groups:
        for grain in dict.fromkeys(task.grain for task in group.tasks):
            to.print(f"\n{grain}", style="bold", highlight=False, markup=False)
            _show_grain(to, [task for task in group.tasks if task.grain == grain])
        for task in group.tasks:
            for warning in task.warnings:
                say(to, f"Warning: {task.name}: {warning}")
    if report.left_out:
        say(to, "\nLooked at and left out:")
        for why in report.left_out:
            say(to, f"  {why}")
    show_unused(to, report.unused)
    if not report.groups:
        say(to, "\nNothing can be proposed. " + _ADVICE)
    if report.tables is not None:
        say(to, "\n# Guessed from names and values, nothing was declared: read it before use.")
        show_yaml(to, {"tables": report.tables})
    for at, group in enumerate(report.groups):
        if at:
            say(to, "\n# These rows have no time: a spec of their own.")
        say(to, "" if report.tables is not None else "\n# Paste what you want:")
        _show_yaml(to, group)


_ADVICE = (
    "A task needs a table with time: and links: to something that comes again, or a column with known_at:. "
    "Declare them, or name columns that end in id, and times as times."
)


def _show_grain(to: "Console", tasks: "list[Proposal]") -> None:
    from banian.kinds import build_kind

    show_table(
        to,
        ("task", "kind", "rows ", "mean ", "skill ", "95 % interval ", ""),
        (
            (
                task.name,
                task.kind,
                f"{task.rows:,}",
                f"{task.base_rate:.3g}" if build_kind(task.kind).labels.has_mean else "",
                "" if task.probe is None else f"{task.probe.skill:.2f}",
                "" if task.probe is None else "{:.2f} to {:.2f}".format(*task.probe.interval),
                _remark(task),
            )
            for task in tasks
        ),
    )


def _remark(task: "Proposal") -> str:
    said = [] if task.why_not is None else [task.why_not.partition(": skill")[0]]
    if task.warnings:
        said.append("warned of below")
    return ", ".join(said)


def _show_yaml(to: "Console", group: "Proposals") -> None:
    chosen = [task for task in group.tasks if task.why_not is None]
    say(to, "tasks:" if chosen else "tasks: # none of them is surely better than a constant")
    for task in chosen:
        say(to, f"  {_line(task)}")
    for task in group.tasks:
        if task.why_not is not None:
            say(to, f"  # {_line(task)} # {task.why_not}")
    split = group.split.model_dump(mode="json", exclude_none=True)
    show_yaml(to, {"split": {name: _short(value) for name, value in split.items()}})


def _line(task: "Proposal") -> str:
    pair = {task.name: task.question}
    return str(yaml.safe_dump(pair, width=WIDE, allow_unicode=True)).strip()


def _short(value: object) -> object:
    is_day = isinstance(value, str) and value.endswith("T00:00:00")
    return date.fromisoformat(str(value)[:10]) if is_day else value
