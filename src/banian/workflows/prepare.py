"""From a spec and a folder to examples whose labels have roles; what check and fit share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import final

from banian.examples import (
    Examples,
    LabelCounts,
    Roles,
    assign_roles,
    count_labels,
    drop_empty_lists,
    expect_labels,
    remark_labels,
    settle_classes,
)
from banian.examples.build import build_examples, training_cutoffs
from banian.kinds import build_kind, infer_kind
from banian.leakage import (
    FeatureScores,
    Suspicion,
    find_dates_only,
    find_suspicious_columns,
    refuse_leaks,
    score_single_features,
)
from banian.predictions import check_key_names
from banian.schema import ColumnType
from banian.spec import Kind, ShopSpec
from banian.tables import AbstractEngine, Data, profile_table, read_database
from banian.workflows.dataset import Dataset
from banian.workflows.progress import Announce, silence

Cached = Callable[[Callable[[], Dataset]], Dataset]
"""Gives the dataset: from a cache if it was built earlier from the same, else by calling its argument."""


@final
@dataclass(frozen=True)
class Prepared:
    """Everything that is known before training."""

    dataset: Dataset
    """Examples, and facts of the tables that they were built from."""
    kinds: dict[str, Kind]
    """Task → its kind, declared or inferred from labels."""
    roles: dict[str, Roles]
    """Grain → what each label may be used for."""
    label_counts: dict[str, LabelCounts]
    """Task → how many labels there are for each use."""
    features: FeatureScores
    """How well each feature alone predicts each label, on rows that train."""
    suspicions: tuple[Suspicion, ...]
    """Columns that were perhaps not known when a row asked, but are not refused."""
    remarks: tuple[str, ...]
    """What is odd about labels, a sentence each."""

    @property
    def examples(self) -> Examples:
        """The rows of every grain."""
        return self.dataset.examples


def prepare(
    spec: ShopSpec,
    data: Data,
    engine: AbstractEngine,
    announce: Announce,
    *,
    cached: Cached = lambda build: build(),
    profiled: bool = False,
    most: int | None = None,
    warn: Announce = silence,
) -> Prepared:
    """Read the tables, build the examples, say what each label may be used for, and look for leaks.

    `cached` may give an earlier dataset instead. With `profiled`, what the columns of the tables look like is kept as
    well, for new data to be compared with. Of a grain with more than `most` rows so many are chosen, entities whole.
    `warn` is told which lines are no rows; the suspicions are in what is
    returned.

    Raises:
        LeakageError: a column predicts a label so well that it cannot have been known.

    """
    dataset = cached(
        lambda: _build_dataset(spec, data, engine, announce, warn, profiled=profiled, most=most)
    )
    examples = dataset.examples
    served = _check_served(spec, dataset.types, examples) if spec.serve else ()
    for rows in examples.grains.values():
        for task in rows.tasks:
            expect_labels(rows, task, spec.tasks[task])
    kinds = {
        task: infer_kind(
            task,
            spec.tasks[task],
            rows.label[:, at],
            classes=rows.classes.get(task),
            listed=task in rows.items,
        )
        for rows in examples.grains.values()
        for at, task in enumerate(rows.tasks)
    }
    for rows in examples.grains.values():
        for task in rows.tasks:
            check_key_names(task, rows.keys.column_names)
    facts = {task: build_kind(kind).labels for task, kind in kinds.items()}
    grains = {grain: drop_empty_lists(rows, facts) for grain, rows in examples.grains.items()}
    roles = {
        grain: assign_roles(rows, spec.split, calibrate=True) for grain, rows in grains.items()
    }
    grains = {
        grain: settle_classes(rows, roles[grain].select | roles[grain].refit, facts)
        for grain, rows in grains.items()
    }
    examples = Examples(grains, examples.reach)
    dataset = replace(dataset, examples=examples)
    label_counts = count_labels(examples, roles, facts, spec.split)
    for task, counts in label_counts.items():
        if counts.weightless:
            warn(
                f"tasks.{task}: of {counts.asked:,} rows that are asked about {counts.weightless:,} have no weight in "
                f"{spec.tasks[task].weight!r}, or weight 0: they neither train nor judge."
            )
    remarks = tuple(
        text
        for rows in grains.values()
        for task in rows.tasks
        for text in remark_labels(rows, task, spec.tasks[task])
    )
    remarks += served
    for text in remarks:
        warn(text)
    announce("trying each feature alone")
    features = score_single_features(examples, roles, facts)
    suspicions = (
        *find_suspicious_columns(spec, dataset.types, examples, features),
        *find_dates_only(spec, dataset.reports),
    )
    refuse_leaks(suspicions)
    return Prepared(dataset, kinds, roles, label_counts, features, suspicions, remarks)


def _check_served(
    spec: ShopSpec,
    types: Mapping[str, Mapping[str, ColumnType]],
    examples: Examples | None = None,
) -> tuple[str, ...]:
    """Refuse what cannot stand for a column when a row is served; of examples, give what is odd about the others."""
    # Loads torch, which a check of other shops does without.
    from banian.inference import remark_served, served_values

    for table in spec.serve:
        served_values(spec, types, table)
    return () if examples is None else remark_served(spec, examples)


def _build_dataset(
    spec: ShopSpec,
    data: Data,
    engine: AbstractEngine,
    announce: Announce,
    warn: Announce,
    *,
    profiled: bool,
    most: int | None,
) -> Dataset:
    database = read_database(
        spec, data, engine=engine, announce=lambda table: announce(f"reading {table}"), warn=warn
    )
    if spec.serve:
        _check_served(spec, database.types)  # before examples are built, which may take long
    cutoffs = training_cutoffs(database)
    examples = build_examples(
        database,
        cutoffs,
        most=most,
        announce=lambda grain: announce(f"building examples: {grain}"),
    )
    reports = {name: table.report for name, table in database.tables.items()}
    profiles = {
        name: profile_table(engine, table, database.latest())
        for name, table in database.tables.items()
        if profiled
    }
    return Dataset(database.types, reports, database.quarantine.to_pyarrow(), examples, profiles)
