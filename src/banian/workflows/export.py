"""export: a run → its networks as graphs, which whoever serves it loads; what rounding costs each task."""

import math
import warnings
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, final

from banian.bundle import Bundle, load_bundle
from banian.errors import RunError
from banian.evaluation import TaskScore, higher_is_better
from banian.export import GRAPHS, Manifest, Precision, put_graphs, write_graphs
from banian.storage import new_folder, run_of, write_sums
from banian.tables import GivenData, build_engine, gather_data
from banian.workflows.evaluate_bundle import evaluate_bundle
from banian.workflows.prepare import prepare
from banian.workflows.progress import Announce, silence
from banian.workflows.write import explained, hold_run

MOST_LOSS = 0.01
"""What share of its metric a task may lose by rounding, where nobody says."""


@final
@dataclass(frozen=True)
class ExportReport:
    """What the graphs of a run are.

    Args:
        folder: where they lie.
        size: of all of their files, in bytes.
        graphs: how many there are.
        manifest: what they were made from, and how far they are from it.

    """

    folder: Path
    size: int
    graphs: int
    manifest: Manifest

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {
            "folder": str(self.folder),
            "size": self.size,
            "graphs": self.graphs,
            "precision": self.manifest.precision,
            "largest_error": self.manifest.largest_error,
            "losses": dict(self.manifest.losses),
        }


def export(
    run: str | PathLike[str],
    data: GivenData | None = None,
    *,
    int8: bool = False,
    most_loss: float = MOST_LOSS,
    engine: str = "duckdb",
    announce: Announce = silence,
    warn: Announce = lambda text: warnings.warn(text, stacklevel=3),
) -> ExportReport:
    """Write the networks of a run as graphs in ONNX into RUN/graphs; earlier ones are replaced.

    With `int8` weights are stored in 8 bits, and what that costs each task is measured on the test rows of `data`, the
    tables that the run was fitted on. No task may lose more than `most_loss` of its metric: earlier graphs stay then.

    Raises:
        BundleError: there is no bundle in the run, or a graph does not answer as its network does.
        DependencyError: the extra `serve` is not installed.
        RunError: another process is writing to the run; rounding has to be measured, and there are no data; or it costs
            a task too much.

    """
    run = run_of(run)
    if int8 and data is None:
        raise RunError(
            "What weights of 8 bits cost is measured on test rows, and there are no tables.",
            remedy="Name the folder of the tables: banian export RUN --int8 --data DIR",
        )
    bundle, folder = load_bundle(run), run / GRAPHS
    with hold_run(run), explained(folder), new_folder(folder) as partial:
        precision: Precision = "int8" if int8 else "float32"
        found = write_graphs(bundle, run, partial, announce, precision=precision)
        if data is not None and int8:
            rounded = put_graphs(bundle, partial, found)
            losses = _measure_losses(bundle, rounded, data, engine, announce, warn)
            found = replace(found, losses=losses)
            refuse_losses(losses, most_loss)
        found.write(partial)
        write_sums(partial)
    files = [path for path in folder.rglob("*") if path.is_file()]
    graphs = sum(path.suffix == ".onnx" for path in files)
    return ExportReport(folder, sum(path.stat().st_size for path in files), graphs, found)


def _measure_losses(
    bundle: Bundle,
    rounded: Bundle,
    data: GivenData,
    engine: str,
    announce: Announce,
    warn: Announce,
) -> dict[str, float]:
    """Say by what share of its metric each task is worse; less than 0 where it is better.

    Tasks whose metric is undefined on the test rows are left out.
    """
    prepared = prepare(bundle.spec, gather_data(data), build_engine(engine), announce, warn=warn)
    scores = []
    for name, one in {"the networks": bundle, "the graphs": rounded}.items():
        announce(f"judging {name}")
        found = evaluate_bundle(one, prepared.examples, prepared.roles, seed=0)
        scores.append(found.scores)
    before, after = scores
    known = [task for task, score in before.items() if not math.isnan(score.value)]
    return {task: lost_share(before[task], after[task]) for task in known}


def lost_share(before: TaskScore, after: TaskScore) -> float:
    """Say by what share of its metric a task is worse afterwards; everything, where it has none any more."""
    if math.isnan(after.value):
        return math.inf
    worse = before.value - after.value
    worse = worse if higher_is_better(before.metric) else -worse
    return worse / abs(before.value) if before.value else worse


def refuse_losses(losses: dict[str, float], most: float) -> None:
    """Refuse graphs that cost a task too much.

    Raises:
        RunError: they do.

    """
    worst = {task: loss for task, loss in losses.items() if loss > most}
    if worst:
        told = ", ".join(f"{task} {loss:.2%}" for task, loss in worst.items())
        raise RunError(
            f"Weights of 8 bits cost more than {most:.2%} of the metric: {told}.",
            remedy="Export without --int8, or allow more with --most-loss.",
        )
