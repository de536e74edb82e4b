"""New data beside the training data of a bundle: what is gone, unreadable, unseen, set aside, or far away in time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, final

from banian.batches.state import ID
from banian.bundle import Bundle
from banian.errors import TableError
from banian.examples import ColumnsByTable, find_unneeded_columns, find_used_columns
from banian.features import Feature, features_told
from banian.inference import expect_same_key
from banian.spec import EntityTaskSpec, SourceTableSpec, TaskSpec
from banian.tables import (
    Database,
    Drift,
    GivenData,
    Table,
    build_engine,
    find_drift,
    gather_data,
    read_database,
)
from banian.workflows.progress import Announce

_MUCH = 0.05
"""Smallest excess over training, of the share of rows set aside or of links to nowhere, that is reported."""
_REASONS = 3
"""So many reasons for which rows are set aside are told one by one."""
_NOTHING: Mapping[str, Any] = {"read": 0, "rejected": {}, "noticed": {}, "kept": 0}
"""What training tells of a table that it did not have."""
_NEAR = timedelta(days=7)
"""So long after the newest row, or as long as a task looks ahead, one may well ask."""


def uses_of(bundle: Bundle, tasks: Mapping[str, TaskSpec]) -> ColumnsByTable:
    """Name the columns from which a bundle answers these tasks."""
    networks = [bundle.joint, *(bundle.twins[task] for task in tasks if task in bundle.twins)]
    features = set[Feature]()
    for task in tasks.values():
        for entity, told in features_told(bundle.spec, bundle.types, task).items():
            for network in networks:
                if entity in network.features.entities:
                    state = network.features.entities[entity]
                    for part in (state, *(one.events for one in state.sequences.values())):
                        names = {*part.numbers, *part.categories} - {ID}
                        features |= {told[name] for name in names & told.keys()}
    return find_used_columns(bundle.spec, bundle.types, features, tasks)


@final
@dataclass(frozen=True)
class NewData:
    """What was found when new data were compared."""

    lost: tuple[Drift, ...]
    """Columns that answers are made from, of which nothing is left."""
    warnings: tuple[str, ...]
    """What differs from training, a sentence each."""

    @property
    def told(self) -> tuple[str, ...]:
        """What is to be told whoever goes on, a sentence each."""
        return (*map(str, self.lost), *self.warnings)

    def refuse(self) -> None:
        """Refuse data that lack what answers are made from.

        Raises:
            TableError: with every such column, and the remedy.

        """
        if self.lost:
            raise TableError(
                "The new data lack what predictions are made from:\n"
                + "\n".join(f"  {drift}" for drift in self.lost),
                remedy="Bring these columns as in training, or go on as if they were not known: "
                "--force (in Python force=True).",
            )


def read_new_data(
    bundle: Bundle,
    tasks: Mapping[str, TaskSpec],
    data: GivenData,
    *,
    engine: str,
    force: bool,
    announce: Announce,
    warn: Announce,
) -> tuple[Database, NewData]:
    """Read the tables from which a bundle answers these tasks, and compare them with those of training.

    Tables that only labels read need not be there.

    Raises:
        TableError: a column that answers are made from is gone or cannot be read, unless `force` says to go on.

    """
    expect_same_key(bundle)
    uses = uses_of(bundle, tasks)
    sources = {n for n, t in bundle.spec.tables.items() if isinstance(t, SourceTableSpec)}
    database = read_database(
        bundle.spec,
        gather_data(data),
        engine=build_engine(engine),
        types=bundle.types,
        optional=sources - set(uses),
        announce=lambda table: announce(f"reading {table}"),
        warn=warn,
    )
    announce("comparing with training")
    found = compare_data(bundle, database, uses)
    if not force:
        found.refuse()
    return database, found


def compare_data(bundle: Bundle, database: Database, uses: ColumnsByTable) -> NewData:
    """Compare the tables of a database with those that a bundle was fitted on."""
    unneeded, lost, warnings = find_unneeded_columns(bundle.spec), [], []
    end = database.latest()
    if not bundle.profiles:
        warnings.append(
            "the bundle does not remember what its training data looked like, so only columns that are gone or "
            "cannot be read are found. Fit again to have all compared."
        )
    for name, table in database.tables.items():
        if name not in uses:
            continue
        profile = bundle.profiles.get(name, {})
        for drift in find_drift(database.engine, table, profile, uses[name], end):
            is_needed = drift.path.rpartition(".")[2] not in unneeded.get(name, ())
            if drift.is_lost and is_needed:
                lost.append(drift)
            elif is_needed or drift.absent in (None, 1.0):  # of the others the newest rows wait
                warnings.append(str(drift))
        before = bundle.card.get("tables", {}).get(name)
        warnings += (*compare_aside(table, before), *_compare_links(table, before))
        warnings += _find_far_rows(table)
    return NewData(tuple(lost), tuple(warnings))


def _find_far_rows(table: Table) -> Iterator[str]:
    """Report rows so far off in time that the table is not taken to begin or end with them."""
    for fault, rows in table.report.noticed.items():
        if fault.startswith(f"{table.spec.time} lies far "):
            noun = "row" if rows == 1 else "rows"
            yield f"tables.{table.name}: of {rows:,} {noun} {fault}"


def _has_far_rows(table: Table) -> bool:
    after = f"{table.spec.time} lies far after "
    return any(fault.startswith(after) for fault in table.report.noticed)


def compare_moment(
    database: Database,
    tasks: Mapping[str, TaskSpec],
    rows: Mapping[str, int],
    at: datetime | None,
    *,
    is_given: bool,
) -> Iterator[str]:
    """Say why tasks have no rows, and which are asked before the data begin or far after they end.

    `at` is as of when entities are asked, `is_given` whether someone said so.
    """
    latest = database.latest()
    far = [table.name for table in database.tables.values() if _has_far_rows(table)]
    for name, task in tasks.items():
        if not rows[name]:
            yield f"tasks.{name}: there is nothing to predict: {_why_none(database, task, at)}"
            continue
        if not isinstance(task, EntityTaskSpec) or at is None or latest is None:
            continue
        if far and not is_given:
            yield (
                f"tasks.{name}: asked as of {at}, where the data end without those rows of {', '.join(far)} that lie "
                "far after all others. For another moment write --at TIME (in Python at=TIME)"
            )
        begin = _begin_of(database, task.for_each)
        if begin is not None and at < begin:
            yield (
                f"tasks.{name}: asked as of {at}, before the data about {task.for_each} begin ({begin}): nothing had "
                "happened yet, so all are told apart by their own columns alone"
            )
        if at - latest > max(_NEAR, task.horizon):
            yield (
                f"tasks.{name}: asked as of {at}, {(at - latest).days:,} days after the newest row of the data "
                f"({latest}); what happened in between is not known"
            )


def _begin_of(database: Database, entity: str) -> datetime | None:
    """Give the time of the first row of the tables whose rows are about an entity."""
    there = [name for name in database.spec.links_to(entity) if name in database.tables]
    reports = [database.tables[name].report for name in there]
    firsts = [datetime.fromisoformat(report.first) for report in reports if report.first]
    return min(firsts, default=None)


def _why_none(database: Database, task: TaskSpec, at: datetime | None) -> str:
    spec = database.spec
    if isinstance(task, EntityTaskSpec):
        table, of = _home(database, task.for_each), task.for_each
    else:
        table, of = database.tables[task.rows], task.rows
    if not table.report.kept:
        return f"{table.name} has no rows"
    why = f"no row of {of}" if of in database.tables else f"none of {of}"
    if task.condition is not None:
        why += " for which its WHERE holds"
    if at is not None:
        why += f" as of {at}" if isinstance(task, EntityTaskSpec) else f" from {at} on"
    spans = {
        name: f"{name} {_day(seen.report.first)} to {_day(seen.report.last)}"
        for name, seen in database.tables.items()
        if seen.report.first and (name == table.name or name in spec.links_to(of))
    }
    return why + (f"; the data span: {', '.join(spans.values())}" if spans else "")


def _day(moment: str | None) -> str:
    return str(moment).removesuffix("T00:00:00")


def _home(database: Database, entity: str) -> Table:
    table = database.spec.tables[entity]
    return database.tables[getattr(table, "from_", entity)]


def compare_aside(table: Table, before: Mapping[str, Any] | None) -> Iterator[str]:
    """Report rows that are set aside, where they are more than in training, of which `before` tells."""
    then: Mapping[str, Any] = before or _NOTHING
    report = table.report
    aside, used_to = (
        sum(rejected.values()) / max(read, 1)
        for rejected, read in ((report.rejected, report.read), (then["rejected"], then["read"]))
    )
    if aside - used_to >= _MUCH:
        yield (
            f"tables.{table.name}: {aside:.0%} of the rows are set aside ({_say_why(report.rejected)}; "
            f"{sum(report.rejected.values()):,} of {report.read:,}), and {used_to:.0%} in training"
        )


def _say_why(rejected: Mapping[str, int]) -> str:
    """Say why rows are set aside: the reasons of most of them, each with how many."""
    most = sorted(rejected, key=lambda reason: -rejected[reason])
    said = [f"{reason}: {rejected[reason]:,}" for reason in most[:_REASONS]]
    others = sum(rejected[reason] for reason in most[_REASONS:])
    return ", ".join([*said, f"other reasons: {others:,}"] if others else said)


def _compare_links(table: Table, before: Mapping[str, Any] | None) -> Iterator[str]:
    """Report links to nowhere, where they are more than in training, of which `before` tells."""
    then: Mapping[str, Any] = before or _NOTHING
    report = table.report
    for column, entity in sorted(table.spec.links.items()):
        for fault in ("is missing", f"names no row of {entity}"):
            now, once = (
                sum(n for said, n in noticed.items() if said.startswith(f"{column} {fault}"))
                / max(kept, 1)
                for noticed, kept in (
                    (report.noticed, report.kept),
                    (then["noticed"], then["kept"]),
                )
            )
            if now - once >= _MUCH and column not in table.missing:
                yield (
                    f"tables.{table.name}.{column} {fault} in {now:.0%} of the rows, and in {once:.0%} of training"
                )
