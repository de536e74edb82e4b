"""check: what is in the tables, what can be learned from them, and which columns were hardly known in time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, final

import pyarrow as pa

from banian.examples import LabelCounts, find_unused_tables
from banian.features import EntityFeatures, Feature, features_told
from banian.leakage import FeatureScore, Suspicion
from banian.spec import ShopSpec
from banian.tables import Data, GivenData, TableReport, build_engine, gather_data
from banian.workflows.column_report import ColumnReport, report_columns
from banian.workflows.guessed_tables import read_or_guess_tables
from banian.workflows.prepare import prepare
from banian.workflows.progress import Announce, silence


@final
@dataclass(frozen=True)
class FeatureReport:
    """One feature of an entity."""

    name: str
    """Its printed name."""
    meaning: str
    """What it measures, in words."""
    kind: str
    """number or text."""
    known: float
    """Share of the rows in which it is known."""
    scores: dict[str, FeatureScore]
    """Task → how well it alone predicts the label, on rows that train."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)


@final
@dataclass(frozen=True, repr=False)
class CheckReport:
    """What was found."""

    tables: dict[str, TableReport]
    """Table → rows read, kept and set aside."""
    tasks: dict[str, LabelCounts]
    """Task → its labels, counted."""
    warnings: tuple[Suspicion, ...]
    """Columns that were perhaps not known when a row asked."""
    features: dict[str, dict[str, list[FeatureReport]]]
    """Grain → entity → its features, the most telling first."""
    unused: dict[str, str]
    """Table that gives no features → why, and what to write."""
    columns: dict[str, list[ColumnReport]] = field(default_factory=dict)
    """Table → what its columns hold, where no task is asked yet."""
    remarks: tuple[str, ...] = ()
    """What is odd about labels, a sentence each."""
    guessed: dict[str, dict[str, Any]] | None = None
    """What was guessed of the tables, as in a spec, where no task is asked and nothing declared."""

    def __repr__(self) -> str:
        tables = ", ".join(f"{name} {table.kept:,} rows" for name, table in self.tables.items())
        warned = f"; {len(self.warnings)} warnings" if self.warnings else ""
        return f"CheckReport({tables}; tasks {', '.join(self.tasks)}{warned})"

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {
            "tables": {name: table.to_dict() for name, table in self.tables.items()},
            "tasks": {name: task.to_dict() for name, task in self.tasks.items()},
            "warnings": [suspicion.to_dict() for suspicion in self.warnings],
            "remarks": list(self.remarks),
            "unused": self.unused,
            "columns": {
                table: [column.to_dict() for column in columns]
                for table, columns in self.columns.items()
            },
            "guessed": self.guessed,
            "features": {
                grain: {
                    entity: [feature.to_dict() for feature in features]
                    for entity, features in entities.items()
                }
                for grain, entities in self.features.items()
            },
        }


def check(
    spec: ShopSpec,
    data: GivenData,
    *,
    engine: str = "duckdb",
    announce: Announce = silence,
    warn: Announce = silence,
) -> CheckReport:
    """Read the tables, build the examples, count, and look for leaks; nothing is written and nothing trained.

    Where the spec asks nothing yet, say what the tables hold. `data` is the folder of the files, or maps tables to
    DataFrames or paths. `engine` is duckdb, spark (on this machine) or the master URL of a Spark cluster. `warn` is
    told which lines of a file are no rows, even where what follows is refused.

    Raises:
        BanianError: what `fit` would refuse.

    """
    if not spec.tasks:
        return _check_tables(spec, gather_data(data), engine, announce, warn)
    prepared = prepare(spec, gather_data(data), build_engine(engine), announce, warn=warn)
    return CheckReport(
        tables=prepared.dataset.reports,
        tasks=prepared.label_counts,
        warnings=prepared.suspicions,
        features={
            grain: {
                entity: _report(seen, told[entity], prepared.features[grain][entity])
                for entity, seen in rows.entities.items()
            }
            for grain, rows in prepared.examples.grains.items()
            for told in [features_told(spec, prepared.dataset.types, spec.tasks[rows.tasks[0]])]
        },
        unused=find_unused_tables(spec, prepared.dataset.types, [(spec, prepared.examples)]),
        remarks=prepared.remarks,
    )


def _check_tables(
    spec: ShopSpec, data: Data, engine: str, announce: Announce, warn: Announce
) -> CheckReport:
    database, guessed = read_or_guess_tables(
        spec, data, announce, engine=build_engine(engine), warn=warn
    )
    columns = {}
    for name, table in database.tables.items():
        announce(f"looking at {name}")
        columns[name] = report_columns(table)
    return CheckReport(
        tables={name: table.report for name, table in database.tables.items()},
        tasks={},
        warnings=(),
        features={},
        unused=find_unused_tables(database.spec, database.types, []),
        columns=columns,
        guessed=guessed,
    )


def _report(
    seen: EntityFeatures,
    told: Mapping[str, Feature],
    scores: Mapping[str, Mapping[str, FeatureScore]],
) -> list[FeatureReport]:
    columns = seen.columns
    reports = [
        FeatureReport(
            name=name,
            meaning=told[name].meaning,
            kind="number" if pa.types.is_floating(columns[name].type) else "text",
            known=1 - columns[name].null_count / max(len(columns), 1),
            scores=dict(scores[name]),
        )
        for name in columns.column_names
    ]
    return sorted(reports, key=_telling, reverse=True)


def _telling(feature: FeatureReport) -> float:
    """Give the best lower end among the tasks, on one scale: 1 is perfect, 0 is a guess."""
    lowest = (
        2 * score.interval[0] - 1 if score.measure == "auc" else score.interval[0]
        for score in feature.scores.values()
    )
    return max(lowest, default=-1.0)
