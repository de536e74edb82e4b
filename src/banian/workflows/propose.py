"""propose: which tasks the tables could supervise, each tried quickly."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from banian.examples import (
    Examples,
    GrainExamples,
    Roles,
    assign_roles,
    find_unused_tables,
    remark_two_values,
)
from banian.examples.build import build_examples
from banian.kinds import build_kind, infer_kind
from banian.leakage import Suspicion, find_suspicious_columns, score_single_features
from banian.proposal import (
    ProbeScore,
    TaskCandidate,
    build_design,
    choose_split,
    find_candidates,
    find_duplicates,
    is_timed,
    probe,
    probe_cutoffs,
    probe_items,
)
from banian.spec import (
    Kind,
    ShopSpec,
    SplitSpec,
    TaskSpec,
    TimeSplitSpec,
    format_question,
)
from banian.spec.node import Aggregate
from banian.tables import Database, GivenData, gather_data
from banian.workflows.guessed_tables import read_or_guess_tables
from banian.workflows.progress import Announce, silence
from banian.workflows.propose_report import Proposal, Proposals, ProposeReport

_MOST_ROWS = 20_000
_FEWEST_LABELS = 50
_RAREST = 0.002


def propose(
    spec: ShopSpec,
    data: GivenData,
    *,
    has_split: bool = True,
    announce: Announce = silence,
) -> ProposeReport:
    """List the tasks that the tables could supervise, each tried on rows that were not learned from.

    Tasks that the spec already asks are left out. Without `has_split` a split is chosen by time.

    Raises:
        BanianError: the tables cannot be read.

    """
    database, guessed = read_or_guess_tables(spec, gather_data(data), announce)
    bare = database.spec
    announce("looking for tasks")
    candidates, silent = find_candidates(database)
    asked = {(task.grain, task.label) for task in spec.tasks.values()}
    candidates = [one for one in candidates if (one.task.grain, one.task.label) not in asked]
    groups, built = [], []
    for in_time in (True, False):
        chosen = [one for one in candidates if is_timed(bare, one.task) == in_time]
        if chosen:
            split = choose_split(database, [one.task for one in chosen], in_time=in_time)
            if has_split and isinstance(spec.split, TimeSplitSpec) == in_time:
                split = spec.split
            others = {n: t for n, t in spec.tasks.items() if is_timed(bare, t) == in_time}
            found, asks, examples = _try(database, chosen, others, split, silent, announce)
            groups.append(found)
            built.append((asks, examples))
    return ProposeReport(
        guessed,
        tuple(group for group in groups if group.tasks),
        tuple(silent),
        find_unused_tables(bare, database.types, built),
    )


def _try(
    database: Database,
    candidates: list[TaskCandidate],
    others: Mapping[str, TaskSpec],
    split: SplitSpec,
    silent: list[str],
    announce: Announce,
) -> tuple[Proposals, ShopSpec, Examples]:
    tasks = {**others, **{one.name: one.task for one in candidates}}
    bare = {**dict(database.spec), "tasks": tasks, "split": split}
    database = replace(database, spec=ShopSpec.model_validate(bare))
    examples = build_examples(
        database,
        probe_cutoffs(database, split),
        tasks=tuple(one.name for one in candidates),
        most=_MOST_ROWS,
        announce=lambda grain: announce(f"building examples: {grain}"),
    )
    roles = {n: assign_roles(rows, split, calibrate=False) for n, rows in examples.grains.items()}
    kinds: dict[str, Kind] = {}
    for grain, rows in examples.grains.items():
        for at, task in enumerate(rows.tasks):
            why = _too_few(rows.label[:, at], roles[grain], at)
            if why is None:
                kinds[task] = _kind(rows, task, tasks[task])
            else:
                silent.append(f"{task}: {why}")
    every = examples
    kept = {grain: rows.choose(tuple(kinds)) for grain, rows in examples.grains.items()}
    examples = Examples({n: rows for n, rows in kept.items() if rows.tasks}, examples.reach)
    roles = {n: assign_roles(rows, split, calibrate=False) for n, rows in examples.grains.items()}
    announce("trying each feature alone")
    suspicions = _suspicions(database, examples, roles, kinds)
    proposals: list[Proposal] = []
    for grain, rows in examples.grains.items():
        announce(f"trying tasks: {grain}")
        found = _propose_grain(rows, candidates, kinds, suspicions, silent)
        proposals += sorted(found, key=_learnable, reverse=True)
    return Proposals(split, tuple(proposals)), database.spec, every


def _too_few(label: np.ndarray, roles: Roles, at: int) -> str | None:
    """Say why a task cannot be learned, if so."""
    known = label[~np.isnan(label)]
    if len(known) < _FEWEST_LABELS:
        return f"only {len(known)} labels are known"
    if known.min() == known.max():
        return f"all {len(known)} labels are {known[0]:g}"
    for mask in (roles.select[:, at], roles.refit[:, at]):
        if not mask.any():
            return "no label matured before the validation cutoff"
        if label[mask].min() == label[mask].max():
            return f"all {mask.sum()} labels that train are {label[mask][0]:g}"
    if not roles.test[:, at].any():
        return "no label is known from the test cutoff on, which could judge it"
    if np.isin(known, (0.0, 1.0)).all() and not _RAREST <= known.mean() <= 1 - _RAREST:
        return f"its base rate is {known.mean():.2%}"
    return None


def _kind(rows: GrainExamples, name: str, task: TaskSpec) -> Kind:
    label = rows.label[:, rows.tasks.index(name)]
    return infer_kind(name, task, label, classes=rows.classes.get(name), listed=name in rows.items)


def _suspicions(
    database: Database,
    examples: Examples,
    roles: Mapping[str, Roles],
    kinds: Mapping[str, Kind],
) -> tuple[Suspicion, ...]:
    facts = {task: build_kind(kind).labels for task, kind in kinds.items()}
    scores = score_single_features(examples, roles, facts)
    return find_suspicious_columns(database.spec, database.types, examples, scores)


def _propose_grain(
    rows: GrainExamples,
    candidates: list[TaskCandidate],
    kinds: Mapping[str, Kind],
    suspicions: tuple[Suspicion, ...],
    silent: list[str],
) -> Iterator[Proposal]:
    design, duplicates = build_design(rows), find_duplicates(rows)
    by_name = {one.name: one for one in candidates}
    for at, task in enumerate(rows.tasks):
        one, found = by_name[task], [warned for warned in suspicions if warned.task == task]
        leaks = dict.fromkeys(str(warned) for warned in found if warned.is_leak)
        if leaks:
            silent += [f"{task}: {leak}" for leak in leaks]
            continue
        label = rows.label[:, at]
        yield Proposal(
            name=task,
            question=format_question(one.task),
            means=one.means,
            family=one.family,
            grain=rows.grain,
            kind=kinds[task],
            horizon=one.task.horizon or None,
            rows=int(rows.mask[:, at].sum()),
            base_rate=float(np.nanmean(label)),
            probe=_probe(rows, at, kinds[task], one, design),
            twin=duplicates[task][0] if task in duplicates else None,
            warnings=(
                *one.doubts,
                *filter(None, (remark_two_values(rows, task, one.task),)),
                *dict.fromkeys(str(warned) for warned in found),
            ),
        )


def _probe(
    rows: GrainExamples, at: int, kind: Kind, one: TaskCandidate, design: np.ndarray
) -> ProbeScore | None:
    if build_kind(kind).probe_metric != "recall":
        return probe(rows, at, kind, design)
    tree = one.task.tree
    assert isinstance(tree, Aggregate)
    assert tree.top is not None
    return probe_items(rows, one.name, tree.top)


def _learnable(one: Proposal) -> tuple[bool, float]:
    if one.probe is None or np.isnan(one.probe.interval[0]):
        return False, 0.0
    return one.twin is None, one.probe.interval[0]
