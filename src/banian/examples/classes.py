"""Which classes and items are told apart: those that training rows have often enough.

Source: Good, "The Population Frequencies of Species and the Estimation of Population Parameters", Biometrika 40, 1953:
what was seen once says how much there is that was never seen. So both are one class.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int

from banian.errors import LabelError
from banian.examples.examples import GrainExamples
from banian.examples.label_facts import LabelFacts

_FEWEST_ROWS = 2
MOST_CLASSES = 10_000
"""Of more than these the rarest are taken for unknown."""
MOST_ITEMS = 200_000
"""The same of items."""


def drop_empty_lists(rows: GrainExamples, facts: Mapping[str, LabelFacts]) -> GrainExamples:
    """Take the labels from rows of which there is nothing to rank: what comes next is only known of who comes."""
    label = rows.label.copy()
    for at, task in enumerate(rows.tasks):
        if facts[task].coded == "item":
            label[label[:, at] == 0, at] = np.nan
    return replace(rows, label=label)


def settle_classes(
    rows: GrainExamples, trains: Bool[np.ndarray, "row task"], facts: Mapping[str, LabelFacts]
) -> GrainExamples:
    """Give classes and items new numbers: the known ones in their order, after them one number for all others.

    Known is what at least two rows that train have. Numbers that are to be classes get their digits for a name.

    Raises:
        LabelError: there are fewer than two such classes or items.

    """
    label, classes, items = rows.label.copy(), dict(rows.classes), dict(rows.items)
    for at, task in enumerate(rows.tasks):
        if facts[task].coded == "class":
            names, codes = _name(rows.classes.get(task), label[:, at])
            known = _often(codes[trains[:, at]], len(names), MOST_CLASSES)
            known = _expect_two(task, "class", known)
            label[:, at] = _renumber(codes, len(names), known, label[:, at])
            classes[task] = names.take(pa.array(known))
        elif facts[task].coded == "item":
            lists, names = rows.items[task], rows.classes[task]
            trained = lists.filter(pa.array(trains[:, at])).flatten().to_numpy()
            known = _expect_two(task, "item", _often(trained, len(names), MOST_ITEMS))
            items[task] = _renumber_lists(lists, len(names), known)
            classes[task] = names.take(pa.array(known))
    return replace(rows, label=label, classes=classes, items=items)


def _name(
    names: pa.Array | None, label: Float[np.ndarray, " row"]
) -> tuple[pa.Array, Int[np.ndarray, " row"]]:
    if names is not None:
        return names, np.nan_to_num(label).astype(np.int64)
    different, codes = np.unique(np.nan_to_num(label), return_inverse=True)
    digits = (str(int(one)) if one.is_integer() else repr(one) for one in different.tolist())
    return pa.array(digits, pa.string()), codes


def _often(codes: Int[np.ndarray, " row"], size: int, most: int) -> Int[np.ndarray, " known"]:
    counts = np.bincount(codes, minlength=size)
    often = np.argsort(-counts, kind="stable")[:most]
    return np.sort(often[counts[often] >= _FEWEST_ROWS])


def _expect_two(
    task: str, what: str, known: Int[np.ndarray, " known"]
) -> Int[np.ndarray, " known"]:
    if len(known) < 2:
        raise LabelError(
            f"tasks.{task}: {len(known)} {what} is in two training rows or more, there is nothing to tell apart.",
            remedy="Check the label's column, filter and window, or ask whether it is one of them: city IN ('Rome').",
        )
    return known


def _places(size: int, known: Int[np.ndarray, " known"]) -> Int[np.ndarray, " code"]:
    places = np.full(size, len(known))
    places[known] = np.arange(len(known))
    return places


def _renumber(
    codes: Int[np.ndarray, " row"],
    size: int,
    known: Int[np.ndarray, " known"],
    label: Float[np.ndarray, " row"],
) -> Float[np.ndarray, " row"]:
    return np.where(np.isnan(label), np.nan, _places(size, known)[codes])


def _renumber_lists(lists: pa.Array, size: int, known: Int[np.ndarray, " known"]) -> pa.Array:
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    codes = pa.array(_places(size, known)[lists.flatten().to_numpy()])
    return pa.ListArray.from_arrays(offsets, codes, mask=lists.is_null())
