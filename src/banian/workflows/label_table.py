"""The labels of predicted rows as columns of a table, to stand beside their predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float64, Int

from banian.examples import GrainExamples
from banian.kinds import TowerState, build_kind
from banian.predictions import ANSWERS, LABEL, LIKELIHOOD, WEIGHT, Answer

_UNKNOWN = "(unknown)"


@final
@dataclass(frozen=True, eq=False)
class LabelTable:
    """The labels of one task, a row for each prediction."""

    label: Float64[np.ndarray, " row"]
    """The label that judged the prediction; NaN where it is not known."""
    answers: pa.Array
    """Its class, its items, or the arm the row was in, by name; null where it is a number or not known."""
    likelihood: Float64[np.ndarray, " row"]
    """How probable the model had said it to be, a class or yes or no; NaN where it said no such thing."""

    weight: Float64[np.ndarray, " row"]
    """How much it counts; NaN where its task has no weights."""

    @staticmethod
    def of(
        tower: TowerState,
        rows: GrainExamples,
        at: int,
        asked: Int[np.ndarray, " asked"],
        known: Bool[np.ndarray, " asked"],
        found: Answer,
    ) -> "LabelTable":
        """Look up what is known of the asked rows of a task."""
        task = rows.tasks[at]
        label = np.where(known, rows.label[asked, at], np.nan)
        codes, kind = None, build_kind(tower.kind)
        if kind.labels.coded == "class":
            place = pa.array(np.nan_to_num(label).astype(np.int64))
            codes = pa.ListArray.from_arrays(pa.array(np.arange(len(asked) + 1), pa.int32()), place)
        elif task in rows.items:
            codes = rows.items[task].take(pa.array(asked))
        weight = rows.weight_of(task)
        return LabelTable(
            label,
            _name(tower, codes, known),
            kind.likelihood(label, found.take(asked)),
            np.full(len(asked), np.nan) if weight is None else weight[asked],
        )

    @staticmethod
    def chain(parts: "Sequence[LabelTable]") -> "LabelTable":
        """Put parts together."""
        return LabelTable(
            np.concatenate([part.label for part in parts]),
            pa.concat_arrays([part.answers for part in parts]),
            np.concatenate([part.likelihood for part in parts]),
            np.concatenate([part.weight for part in parts]),
        )

    @staticmethod
    def stack(tasks: "Sequence[LabelTable]") -> dict[str, pa.Array]:
        """Give the columns that stand beside the predictions of several tasks."""
        whole = LabelTable.chain(tasks)
        columns = {
            LABEL: pa.array(whole.label, mask=np.isnan(whole.label)),
            ANSWERS: whole.answers,
            LIKELIHOOD: pa.array(whole.likelihood, mask=np.isnan(whole.likelihood)),
        }
        if not np.isnan(whole.weight).all():
            columns[WEIGHT] = pa.array(whole.weight, mask=np.isnan(whole.weight))
        return columns


def _name(tower: TowerState, codes: pa.Array | None, known: Bool[np.ndarray, " asked"]) -> pa.Array:
    kind = pa.list_(pa.string())
    if codes is None:
        return pa.nulls(len(known), kind)
    names = pa.array([*tower.classes, _UNKNOWN], pa.string())
    sizes = pc.fill_null(pc.list_value_length(codes), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, names.take(codes.flatten()))
    return pc.if_else(pa.array(known), lists, pa.scalar(None, kind))
