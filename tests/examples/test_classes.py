"""Classes and items are those that two training rows have; all others are one more."""

import numpy as np
import pyarrow as pa
import pytest

from banian.errors import LabelError
from banian.examples import GrainExamples, LabelFacts, drop_empty_lists, settle_classes

CLASS, ITEM, NUMBER = (
    LabelFacts("multiclass", coded="class"),
    LabelFacts("ranking", coded="item"),
    LabelFacts("amount"),
)
FACTS = {"drink": CLASS, "size": CLASS, "next": ITEM, "spend": NUMBER}
NAMES = ("beer", "milk", "salt", "tea", "wine")
ROWS = 8


@pytest.fixture
def rows() -> GrainExamples:
    drink = [3.0, 3, 1, 1, 0, np.nan, 4, 2]
    size = [10.0, 2.5, 10, 2.5, 7, 10, 10, 2.5]
    lists = [[0, 3], [3], [], [1, 3], None, [0], [2], [4, 2, 3]]
    count = [np.nan if one is None else len(one) for one in lists]
    spend = np.arange(8.0)
    label = np.stack([drink, size, count, spend], axis=1)
    return GrainExamples(
        grain="orders",
        tasks=tuple(FACTS),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(at) for at in range(ROWS)]),
        cutoff=np.full(ROWS, np.datetime64("2020-01-01", "us")),
        scene=pa.nulls(ROWS, pa.string()),
        entities={},
        asked=np.ones(label.shape, bool),
        label=label,
        matured_at=np.full(label.shape, np.datetime64("2020-01-02", "us")),
        level=np.zeros(label.shape),
        classes={"drink": pa.array(NAMES), "next": pa.array(NAMES)},
        items={"next": pa.array(lists, pa.list_(pa.int64()))},
    )


def settled(rows: GrainExamples, trained: int = 6) -> GrainExamples:
    trains = rows.mask & (np.arange(ROWS) < trained)[:, None]
    return settle_classes(rows, trains, FACTS)


def test_classes_of_two_training_rows_keep_their_order_and_others_are_one_more(rows):
    found = settled(rows)
    assert found.classes["drink"].to_pylist() == ["milk", "tea"]
    np.testing.assert_array_equal(found.label[:, 0], [1, 1, 0, 0, 2, np.nan, 2, 2])


def test_numbers_that_are_classes_are_named_by_their_digits(rows):
    found = settled(rows)
    assert found.classes["size"].to_pylist() == ["2.5", "10"]
    np.testing.assert_array_equal(found.label[:, 1], [1, 0, 1, 0, 2, 1, 1, 0])


def test_items_are_numbered_alike_in_lists_that_stay_as_long_as_they_were(rows):
    found = settled(rows)
    assert found.classes["next"].to_pylist() == ["beer", "tea"]
    lists = [[0, 1], [1], [], [2, 1], None, [0], [2], [2, 2, 1]]
    assert found.items["next"].to_pylist() == lists
    np.testing.assert_array_equal(found.label[:, 2], rows.label[:, 2])


def test_numbers_stay_as_they_are(rows):
    np.testing.assert_array_equal(settled(rows).label[:, 3], rows.label[:, 3])
    assert "spend" not in settled(rows).classes


def test_of_too_many_classes_the_rarest_are_unknown(rows, monkeypatch):
    monkeypatch.setattr("banian.examples.classes.MOST_CLASSES", 2)
    often = rows.take(np.array([0, 1, 2, 3, 4, 4, 4, 2]))
    facts = dict.fromkeys(FACTS, NUMBER) | {"drink": CLASS}
    found = settle_classes(often, often.mask, facts)
    assert found.classes["drink"].to_pylist() == ["beer", "milk"]


@pytest.mark.parametrize(("task", "what"), [("drink", "class"), ("next", "item")])
def test_one_class_alone_cannot_be_told_from_anything(rows, task, what):
    trains = rows.mask & (np.arange(ROWS) < 2)[:, None]
    facts = dict.fromkeys(FACTS, NUMBER) | {task: FACTS[task]}
    with pytest.raises(LabelError, match=f"tasks.{task}: 1 {what} is in two training rows"):
        settle_classes(rows, trains, facts)


def test_an_empty_list_is_no_label_and_a_zero_of_another_kind_is(rows):
    found = drop_empty_lists(rows, FACTS)
    np.testing.assert_array_equal(found.label[:, 2], [2, 1, np.nan, 2, np.nan, 1, 1, 3])
    np.testing.assert_array_equal(found.label[:, 3], rows.label[:, 3])
