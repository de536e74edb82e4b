"""By how much answers differ where vectors are as old as they may be: measured on rows of the store, before any ask."""

from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from banian.features.store_index import TABLES, read_index
from banian.features.ticks import SECOND
from banian.inference import Predictor
from banian.inference.kept_vectors import KeptVectors
from banian.inference.load import STORE
from banian.spec import DerivedTableSpec, EntityTaskSpec

_ROWS = 64
"""Rows of each grain."""


@final
@dataclass(frozen=True)
class AgeError:
    """By how much the answers of a task differ.

    Args:
        mean: on average.
        largest: at most, of the rows that were tried.
        rows: how many rows there were.

    """

    mean: float
    largest: float
    rows: int


def measure_age_error(predictor: Predictor, run: Path, *, seconds: float) -> dict[str, AgeError]:
    """Answer rows of the store as of now, with vectors as of now and with vectors as of so many seconds before.

    Tasks of grains without a time, and those that keep no vectors, are left out.
    """
    bundle, store, spec = predictor.bundle, predictor.store, predictor.spec
    tries = KeptVectors(bundle, store, seconds=seconds)
    fresh = Predictor(bundle, store, run)
    aged = Predictor(bundle, store, run, vectors=tries)
    found = {}
    for grain in dict.fromkeys(task.grain for task in spec.tasks.values()):
        tasks = tuple(name for name, task in spec.tasks.items() if task.grain == grain)
        end = store.facts.latest(grain)
        about = spec.tasks[tasks[0]]
        if not tries.kept_of(grain, tasks) or end is None:
            continue
        if not isinstance(about, EntityTaskSpec) and spec.source(about.about).time is None:
            continue
        rows = _draw_rows(predictor, run, grain)
        if rows is None:
            continue
        now, before = (
            rows.append_column("at", pa.repeat(pa.scalar(tick, pa.timestamp("us")), len(rows)))
            for tick in (end, end - int(seconds * SECOND))
        )
        expected = fresh.predict(now, tasks=tasks)
        aged.predict(before, tasks=tasks)
        said = aged.predict(now, tasks=tasks)
        task_of = np.asarray(said.rows["task"].combine_chunks())
        apart = np.abs(said.rows["value"].to_numpy() - expected.rows["value"].to_numpy())
        for task in tasks:
            own = apart[task_of == task]
            found[task] = AgeError(float(own.mean()), float(own.max()), len(own))
    return found


def _draw_rows(predictor: Predictor, run: Path, grain: str) -> pa.Table | None:
    """Draw rows of a grain from the tables that the store keeps, as asks without a moment."""
    spec = predictor.spec
    task = next(one for one in spec.tasks.values() if one.grain == grain)
    declared = spec.tables[task.about]
    table = declared.from_ if isinstance(declared, DerivedTableSpec) else task.about
    source = spec.source(table)
    if isinstance(task, EntityTaskSpec):
        columns = [str(declared.key)]
    else:
        known = {*source.known_at, *source.known_at.values()}
        hidden = {source.time, source.key, *known, *source.derive}
        columns = [name for name in predictor.bundle.types[table] if name not in hidden]
    if source.pii and not {*columns}.isdisjoint(source.pii):
        return None  # what is stored of them are hashes, and asks bring values
    folder = run / STORE
    for segment in read_index(folder).segments:
        names = list(segment.tables)
        if not segment.tables.get(table):
            continue
        file = pq.ParquetFile(folder / segment.name / TABLES / f"{names.index(table)}.parquet")
        rows = file.read_row_group(file.num_row_groups - 1, columns=columns)
        rows = rows.filter(rows[columns[0]].is_valid())
        chosen = np.random.default_rng(0).permutation(len(rows))[:_ROWS]
        found = rows.take(pa.array(np.sort(chosen)))
        return found.append_column("grain", pa.repeat(pa.scalar(grain), len(found)))
    return None
