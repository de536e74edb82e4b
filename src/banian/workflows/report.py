"""report: a run's folder → a table, and a page with the same as pictures."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, final

from banian.report import Run, TaskResult, read_run, render_page, task_results
from banian.storage import run_of
from banian.workflows.best_possible import best_possible
from banian.workflows.progress import Announce, silence
from banian.workflows.write import expect_writable, write_text


@final
@dataclass(frozen=True, eq=False)
class Report:
    """What a run found, and where the page lies."""

    page: Path
    """Path of the HTML page."""
    run: Run
    """The run that it tells of."""
    results: tuple[TaskResult, ...]
    """A result for each task."""

    def to_dict(self) -> dict[str, Any]:
        """Give what people are told as plain values."""
        end = self.run.data_end
        return {
            "page": str(self.page),
            "shop": self.run.card["shop"],
            "data_end": None if end is None else end.isoformat(),
            "tasks": {result.task: result.to_dict() for result in self.results},
        }


def report(
    run: str | PathLike[str],
    *,
    truth: str | PathLike[str] | None = None,
    output: str | PathLike[str] | None = None,
    announce: Announce = silence,
) -> Report:
    """Tell what a run found, and write the page: to `output`, else beside the bundle.

    `truth` is the folder of a simulation; with it, tasks are held against the best possible score.

    Raises:
        BundleError: the folder holds no run, or an incomplete one.
        SpecError, TableError: the truth is that of another shop, or the page cannot be written.

    """
    run = run_of(run)
    page = run / "report.html" if output is None else Path(output)
    if output is not None:
        expect_writable(page)
    announce("reading the run")
    found = read_run(run)
    announce("looking up the truth")
    best = {} if truth is None else best_possible(found, Path(truth))
    results = task_results(found, best)
    announce("drawing")
    write_text(render_page(found, results), page)
    return Report(page, found, results)
