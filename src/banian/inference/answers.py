"""Answers to asks as one table, that of no asks as well."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64

from banian.features.asked_row import held_as
from banian.predictions import Predictions, stack_predictions
from banian.schema import ColumnType
from banian.spec import DerivedTableSpec, RowTaskSpec, ShopSpec

ASK, COLD, ELIGIBLE = "ask", "cold", "eligible"
"""Columns of answers: the number of the ask, which of its entities nobody has seen, and whether WHERE holds for it."""


@final
@dataclass(frozen=True)
class Answers:
    """What some asks about one task are told.

    Args:
        said: the predictions, a row for each ask.
        place: the numbers of the asks.
        cold: a list of names for each ask.
        eligible: a truth for each ask, which may be absent.

    """

    said: Predictions
    place: Int64[np.ndarray, " ask"]
    cold: pa.Array
    eligible: pa.BooleanArray

    @classmethod
    def of_asked(
        cls,
        said: Predictions,
        place: Int64[np.ndarray, " every"],
        cold: pa.Array,
        eligible: pa.BooleanArray,
        asked: Bool[np.ndarray, " every"],
    ) -> "Answers":
        """Put predictions for the asks that ask a task beside what is known of these among all asks."""
        if asked.all():
            return cls(said, place, cold, eligible)
        at = pa.array(np.flatnonzero(asked))
        return cls(said, place[asked], cold.take(at), eligible.take(at))

    def take(self, rows: Int64[np.ndarray, " chosen"]) -> "Answers":
        """Select rows; all of them are given as they are."""
        if len(rows) == len(self.place):
            return self
        at = pa.array(rows)
        return Answers(
            self.said.take(rows), self.place[rows], self.cold.take(at), self.eligible.take(at)
        )

    def with_keys(self, names: Container[str]) -> "Answers":
        """Keep of the columns that name the rows those that are called so."""
        keys = self.said.keys
        kept = [name for name in keys.column_names if name in names]
        if len(kept) == keys.num_columns:
            return self
        return replace(self, said=replace(self.said, keys=keys.select(kept)))


def stack_answers(answers: Sequence[Answers]) -> pa.Table:
    """Put answers, of which there is one at least, into one table in the order of the asks."""
    at = np.concatenate([one.place for one in answers])
    table = stack_predictions([one.said for one in answers])
    table = table.append_column(ASK, pa.array(at))
    table = table.append_column(COLD, pa.concat_arrays([one.cold for one in answers]))
    table = table.append_column(ELIGIBLE, pa.concat_arrays([one.eligible for one in answers]))
    if (at[1:] >= at[:-1]).all():
        return table
    return table.take(pa.array(np.argsort(at, kind="stable")))


def no_answers(
    spec: ShopSpec, types: Mapping[str, Mapping[str, ColumnType]], tasks: Sequence[str]
) -> list[Answers]:
    """Give answers of tasks (of all where none is named) to no asks, so that the table has the columns of any other."""
    found = []
    for name in tasks or spec.tasks:
        task = spec.tasks[name]
        declared = spec.tables[task.about]
        kinds = types[declared.from_ if isinstance(declared, DerivedTableSpec) else task.about]
        links = spec.source(task.about).links if isinstance(task, RowTaskSpec) else ()
        keys = {key: held_as(kinds[key]) for key in (declared.key, *links) if key is not None}
        said = Predictions(
            task=name,
            keys=pa.schema(list(keys.items())).empty_table(),
            cutoff=np.empty(0, "datetime64[us]"),
            scene=pa.nulls(0, pa.string()),
            value=np.empty(0),
        )
        nobody, unknown = pa.nulls(0, pa.list_(pa.string())), pa.nulls(0, pa.bool_())
        found.append(Answers(said, np.empty(0, np.int64), nobody, unknown))
    return found
