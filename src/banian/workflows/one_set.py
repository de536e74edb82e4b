"""export --one-set: a run → one set of weights that answers all of its tasks, judged beside the bundle."""

import warnings
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, final

from banian.bundle import ONE_SET, Bundle, OneSetFacts, SetComparison, load_bundle, save_bundle
from banian.bundle.one_set import Way
from banian.errors import RunError
from banian.examples import Examples, Roles
from banian.export import GRAPHS, write_graphs
from banian.selection.one_set import answer_by, average_sets, choose_set, compare, distil
from banian.storage import BUNDLE, new_folder, read_sums, run_of, settled, write_sums
from banian.tables import GivenData, build_engine, gather_data
from banian.training import NO_RECORDER, AbstractRecorder
from banian.workflows.calibrate import calibrate
from banian.workflows.evaluate_bundle import evaluate_bundle
from banian.workflows.prepare import prepare
from banian.workflows.progress import Announce
from banian.workflows.write import explained, hold_run

PASSES = 3
"""How often training rows are passed over, where nobody says."""


@final
@dataclass(frozen=True)
class OneSetReport:
    """What became of one set.

    Args:
        folder: where it lies.
        facts: how it was made, and how it does beside the bundle.

    """

    folder: Path
    facts: OneSetFacts

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {"folder": str(self.folder), "worse": self.facts.worse, **self.facts.to_dict()}


def make_one_set(
    run: str | PathLike[str],
    data: GivenData,
    *,
    passes: int = PASSES,
    seed: int = 0,
    engine: str = "duckdb",
    recorder: AbstractRecorder = NO_RECORDER,
    warn: Announce = lambda text: warnings.warn(text, stacklevel=3),
) -> OneSetReport:
    """Make one set of weights that answers all tasks of a run, and write it into RUN/one_set with its graphs.

    Candidates are the mean of the sets of each seed, and the best of these trained further for `passes` over the
    training rows of `data`, the tables that the run was fitted on, by their labels and what the bundle answers. Rows
    that were kept out of the training choose among them, by paired differences to the bundle; then they calibrate what
    was chosen. What it does on test rows is told once, afterwards. The bundle stays as it is.

    Raises:
        BundleError: there is no bundle in the run, or a graph does not answer as its network does.
        DependencyError: the extra `serve` is not installed.
        RunError: another process is writing to the run.
        ValueError: `passes` is less than 0.

    """
    if passes < 0:
        raise ValueError(f"passes must be at least 0, however: {passes=}")
    run = run_of(run)
    bundle, folder, announce = load_bundle(run), run / ONE_SET, recorder.stage
    with hold_run(run), explained(folder), new_folder(folder) as partial:
        prepared = prepare(
            bundle.spec, gather_data(data), build_engine(engine), announce, warn=warn
        )
        examples, roles = prepared.examples, prepared.roles
        way, one, tasks = _choose(bundle, examples, roles, passes, seed, recorder)
        announce("calibrating")
        one = replace(one, calibrations=calibrate(one, examples, roles))
        announce("judging on test rows")
        tests = {grain: role.test for grain, role in roles.items()}
        told = compare(bundle, {way: one}, examples, tests, seed=seed)[way]
        scores = evaluate_bundle(one, examples, roles, seed=seed).scores
        sums = read_sums(settled(run / BUNDLE))
        facts = OneSetFacts(sums, way, tasks, told, _count_sets(bundle))
        card = {name: said for name, said in bundle.card.items() if name != "importance"}
        card["scores"] = {task: score.to_dict() for task, score in scores.items()}
        card["served"] = {
            task: {"predictors": ["joint"], "why": "one set answers all tasks", "scores": {}}
            for task in bundle.spec.tasks
        }
        save_bundle(replace(one, card=card), partial / BUNDLE)
        graphs = partial / GRAPHS
        graphs.mkdir()
        write_graphs(one, partial, graphs, announce, precision="float32").write(graphs)
        write_sums(graphs)
        facts.write(partial)
    return OneSetReport(folder, facts)


def _choose(
    bundle: Bundle,
    examples: Examples,
    roles: dict[str, Roles],
    passes: int,
    seed: int,
    recorder: AbstractRecorder,
) -> tuple[Way, Bundle, dict[str, SetComparison]]:
    """Give the way that was chosen, the bundle that it makes, and how that does on the rows that chose."""
    judging = {grain: role.calibration for grain, role in roles.items()}
    if not any(labels.any() for labels in judging.values()):
        raise RunError(
            "No label was kept out of the training, and so nothing can judge one set.",
            remedy="Serve the bundle as it was fitted.",
        )
    recorder.stage("averaging sets")
    means = average_sets(bundle.joint)
    averages = {str(at): answer_by(bundle, model) for at, model in enumerate(means)}
    compared = compare(bundle, averages, examples, judging, seed=seed)
    best = choose_set(compared)
    found: dict[Way, Bundle] = {"average": averages[best]}
    judged: dict[Way, dict[str, SetComparison]] = {"average": compared[best]}
    if passes:
        student = distil(
            bundle, means[int(best)], examples, roles, passes=passes, seed=seed, recorder=recorder
        )
        recorder.stage("judging one set")
        taught: dict[Way, Bundle] = {"distillation": answer_by(bundle, student)}
        found |= taught
        judged |= compare(bundle, taught, examples, judging, seed=seed)
    way = choose_set(judged)
    return way, found[way], judged[way]


def _count_sets(bundle: Bundle) -> dict[str, int]:
    """Count the sets of weights that answer the tasks of each grain."""
    counts = {}
    for grain, found in bundle.grains.items():
        joint: set[int] = set()
        twins = 0
        for task in found.tasks:
            predictors = bundle.predictors.get(task, ("joint",))
            joint.update(bundle.joint.answering[task] if "joint" in predictors else ())
            if "twin" in predictors:
                twins += len(set(bundle.twins[task].answering[task]))
        counts[grain] = len(joint) + twins
    return counts
