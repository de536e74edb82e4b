"""Permute one raw column among rows: all that is made from it is taken from other rows, everything else stays."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from banian.examples.examples import GrainExamples
from banian.features import (
    EntityFeatures,
    Origin,
    Types,
    entities_of_task,
    features_told,
)
from banian.spec import RowTaskSpec, ShopSpec
from banian.spec.node import Aggregate, windowed_of

SourceRows = Mapping[Origin, Int64[np.ndarray, " row"]]
"""Raw column → for each row, the position of the row that the column's values are taken from."""


@final
class RawColumns:
    """The raw columns behind a grain's rows: features, sequences, ids, past levels and items, scene and time.

    Args:
        spec: The spec that asks.
        types: Table → column → type, of the clean tables.
        rows: The rows, or others of the same grain with the same features.

    """

    def __init__(self, spec: ShopSpec, types: Types, rows: GrainExamples) -> None:
        asked = spec.tasks[rows.tasks[0]]
        told = features_told(spec, types, asked)
        self.features = {
            (entity, name): told[entity][name].origin
            for entity, seen in rows.entities.items()
            for name in seen.columns.column_names
        }
        """Entity and feature → the column that it was made from."""
        self._sequences = {
            (entity, name): told[entity][name].origin
            for entity, seen in rows.entities.items()
            for lists in seen.sequences.values()
            for name in lists.column_names
        }
        self._ids = {
            one.name: one.key for one in entities_of_task(spec, asked) if one.key is not None
        }
        self._past = {task: _past_of(spec, task) for task in rows.tasks}
        self._scene = self._time = None
        if isinstance(asked, RowTaskSpec):
            table = spec.source(asked.rows)
            self._scene = None if table.scene is None else Origin(asked.rows, table.scene)
            self._time = None if table.time is None else Origin(asked.rows, table.time)

    @property
    def width(self) -> int:
        """Count the features and the columns of sequences."""
        return len(self.features) + len(self._sequences)

    def of_task(self, task: str) -> tuple[Origin, ...]:
        """List the columns from which anything in the rows of a task is made, sorted by table and name."""
        found = {*self.features.values(), *self._sequences.values(), *self._ids.values()}
        found |= {*self._past[task], *(one for one in (self._scene, self._time) if one is not None)}
        return tuple(sorted(found, key=lambda one: (one.table, one.column or "")))

    def permute(self, rows: GrainExamples, taken: SourceRows) -> GrainExamples:
        """Take all that is made from the columns in `taken` from other rows; labels and numbers of events stay.

        A row that an entity or events are missing from still lacks them; a shorter sequence ends in absent values.
        """
        level, seen = rows.level.copy(), dict(rows.seen)
        for at, task in enumerate(rows.tasks):
            index = _combine(self._past[task], taken, len(rows))
            level[:, at] = level[index, at]
            if task in seen:
                seen[task] = seen[task].take(pa.array(index))
        scene, time = (
            _combine([one] if one else [], taken, len(rows)) for one in (self._scene, self._time)
        )
        return replace(
            rows,
            cutoff=rows.cutoff[time],
            scene=rows.scene.take(pa.array(scene)),
            entities={
                name: self._permute_entity(name, told, taken)
                for name, told in rows.entities.items()
            },
            level=level,
            seen=seen,
        )

    def _permute_entity(
        self, entity: str, told: EntityFeatures, taken: SourceRows
    ) -> EntityFeatures:
        columns: pa.Table = told.columns
        ids = told.ids
        for at, name in enumerate(columns.column_names):
            origin = self.features[entity, name]
            if origin in taken:
                values = columns.column(at).take(pa.array(taken[origin]))
                columns = columns.set_column(at, name, values)
        if ids is not None and self._ids.get(entity) in taken:
            ids = ids.take(pa.array(taken[self._ids[entity]]))
        sequences = {}
        for path, lists in told.sequences.items():
            moved = {
                name: taken[self._sequences[entity, name]]
                for name in lists.column_names
                if self._sequences[entity, name] in taken
            }
            sequences[path] = _permute_lists(lists, moved) if moved else lists
        return replace(told, columns=columns, sequences=sequences, ids=ids)


def copy_sequences(rows: GrainExamples) -> GrainExamples:
    """Copy the events in the rows' sequences, so that their arrays no longer hold those of all other rows."""
    entities = {
        name: replace(
            told,
            sequences={
                path: _write_lists(lists, np.arange(len(lists)), {}, keep=False)
                for path, lists in told.sequences.items()
            },
        )
        for name, told in rows.entities.items()
    }
    return replace(rows, entities=entities)


def _past_of(spec: ShopSpec, task: str) -> tuple[Origin, ...]:
    """Name the columns whose past makes the trailing level of a task, and the items that were there before."""
    parts = [part for part in windowed_of(spec.tasks[task].tree) if isinstance(part, Aggregate)]
    return tuple(Origin(part.table, part.column or spec.source(part.table).time) for part in parts)


def _combine(origins: Iterable[Origin], taken: SourceRows, rows: int) -> Int64[np.ndarray, " row"]:
    """Give the row that each row takes a value made from several columns from; the last moved column decides."""
    stay = np.arange(rows)
    index = stay.copy()
    for origin in origins:
        if origin in taken:
            index = np.where(taken[origin] != stay, taken[origin], index)
    return index


def _permute_lists(lists: pa.Table, moved: Mapping[str, Int64[np.ndarray, " row"]]) -> pa.Table:
    """Write the lists of the rows in which some column moves anew, behind those that the other rows go on sharing."""
    stay = np.arange(len(lists))
    changed = np.zeros(len(lists), np.bool_)
    for index in moved.values():
        changed |= index != stay
    return _write_lists(lists, np.flatnonzero(changed), moved, keep=True)


def _write_lists(
    lists: pa.Table,
    rows: Int64[np.ndarray, " chosen"],
    moved: Mapping[str, Int64[np.ndarray, " row"]],
    *,
    keep: bool,
) -> pa.Table:
    columns = {name: _whole(lists[name]) for name in lists.column_names}
    if not columns:
        return lists
    one = next(iter(columns.values()))  # all lists of a row lie at the same place
    start, size = (part.to_numpy().astype(np.int64) for part in (one.offsets, one.sizes))
    before, count = (len(one.values) if keep else 0), size[rows]
    row = np.repeat(rows, count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    offsets = start.copy()
    offsets[rows] = before + np.cumsum(count) - count
    built = {}
    for name, column in columns.items():
        source = moved[name][row] if name in moved else row
        new = column.values.take(pa.array(start[source] + step, mask=step >= size[source]))
        values = pa.concat_arrays([column.values, new]) if keep else new
        built[name] = pa.ListViewArray.from_arrays(
            pa.array(offsets.astype(np.int32)), pa.array(size.astype(np.int32)), values
        )
    return pa.table(built)


def _whole(column: pa.ChunkedArray) -> pa.ListViewArray:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
