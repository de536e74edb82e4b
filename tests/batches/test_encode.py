from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from one_field import encode_number
from packed import unpack

from banian.batches import (
    CategoryPart,
    NumberPart,
    encode_rows,
    expect_grains,
    fit_features,
    pad_lists,
)
from banian.errors import TableError
from banian.examples import Examples
from banian.features import EntityFeatures
from banian.spec import IdsSpec, ModelSpec


@pytest.fixture
def state(examples, training):
    return fit_features(examples, training)


@pytest.fixture
def orders(examples):
    return examples.grains["rows of orders"]


def test_every_field_of_a_present_entity_is_encoded_by_its_own_state(state, orders):
    batch = encode_rows(state, orders)
    assert (batch.grain, batch.tasks) == ("rows of orders", ("buys", "spend"))
    for name, seen in orders.entities.items():
        block, fitted, here = batch.blocks[name], state.entities[name], seen.present
        for at, (field, number) in enumerate(fitted.numbers.items()):
            numeric, special = encode_number(number, seen.columns[field].to_numpy())
            floats = unpack(block.part(NumberPart))[here, at]
            np.testing.assert_array_equal(floats, numeric[here])
            np.testing.assert_array_equal(block.part(NumberPart).codes[here, at], special[here])
        for at, (field, vocabulary) in enumerate(fitted.categories.items()):
            codes = vocabulary.encode(seen.columns[field])
            np.testing.assert_array_equal(block.part(CategoryPart).codes[here, at], codes[here])
        assert block.part(NumberPart).values.dtype == torch.int16
        assert block.part(NumberPart).values[here].any(dim=0)[:, 0].all()


def test_what_rows_are_told_alike_is_encoded_as_if_each_had_its_own(state, orders):
    told = np.array([3, 1, 3, 0, 1])
    entities = {
        name: replace(seen.take(np.arange(4)), told=told) for name, seen in orders.entities.items()
    }
    rows = replace(orders.take(told), entities=entities)
    chosen = np.array([4, 0])
    for one, other in (
        (encode_rows(state, rows), encode_rows(state, orders.take(told))),
        (encode_rows(state, rows, chosen), encode_rows(state, orders.take(told[chosen]))),
    ):
        for name, block in other.blocks.items():
            assert torch.equal(one.blocks[name].present, block.present)
            for part in (NumberPart, CategoryPart):
                tensors = one.blocks[name].part(part).tensors
                for key, tensor in block.part(part).tensors.items():
                    assert torch.equal(tensors[key], tensor)


def test_chosen_rows_in_parts_and_on_disk_are_encoded_as_taken_rows_at_once(
    examples, training, monkeypatch
):
    state = fit_features(examples, training, ModelSpec(ids=IdsSpec(rows=10)))
    orders, chosen = examples.grains["rows of orders"], np.array([5, 2, 2, 119, 60])
    expected, whole = encode_rows(state, orders.take(chosen)), encode_rows(state, orders)
    monkeypatch.setattr("banian.batches.encode._CELLS_AT_ONCE", 8)
    monkeypatch.setattr("banian.features.held_rows.MOST_BYTES", 0)
    for one, other in (
        (encode_rows(state, orders, chosen), expected),
        (encode_rows(state, orders), whole),
    ):
        assert torch.equal(one.label, other.label)
        for name, block in other.blocks.items():
            assert torch.equal(one.blocks[name].present, block.present)
            for part in block.parts:
                for tensor, same in zip(
                    one.blocks[name].part(type(part)).tensors.values(),
                    part.tensors.values(),
                    strict=True,
                ):
                    assert torch.equal(tensor, same)


def test_rows_without_the_entity_are_all_zeros(state, orders):
    block = encode_rows(state, orders).blocks["customers"]
    absent = ~block.present
    assert absent.any()
    np.testing.assert_array_equal(block.present, orders.entities["customers"].present)
    for tensor in (
        block.part(NumberPart).values,
        block.part(NumberPart).codes,
        block.part(CategoryPart).codes,
    ):
        assert not tensor[absent].any()
        assert tensor[block.present].any()


def test_columns_that_are_missing_are_refused_by_name(state, orders):
    seen = orders.entities["orders"]
    assert seen.present.all()
    some = EntityFeatures(seen.present, seen.columns.select(["age"]))
    with pytest.raises(TableError) as caught:
        encode_rows(state, replace(orders, entities={"orders": some}))
    assert caught.value.problem == (
        "rows of orders: the rows lack orders.amount, orders.city, orders.weight, which the model reads."
    )


def test_a_column_without_values_is_absent_in_every_row(state, orders):
    seen = orders.entities["orders"]
    empty = {
        name: pa.nulls(len(orders), seen.columns[name].type)
        for name in ("amount", "city", "weight")
    }
    some = EntityFeatures(seen.present, pa.table({"age": seen.columns["age"], **empty}))
    batch = encode_rows(state, replace(orders, entities={"orders": some}))
    block, whole = batch.blocks["orders"], encode_rows(state, orders).blocks["orders"]
    assert list(state.entities["orders"].numbers) == ["age", "amount", "weight"]
    assert torch.equal(block.part(NumberPart).values[:, 0], whole.part(NumberPart).values[:, 0])
    assert not block.part(NumberPart).values[:, 1:].any()
    assert (block.part(NumberPart).codes[:, 1:] == 1).all()
    assert (block.part(CategoryPart).codes == 0).all()


def test_a_column_that_other_grains_have_may_be_missing_where_it_always_was(examples, training):
    customers, orders = examples.grains["customers"], examples.grains["rows of orders"]
    seen = customers.entities["customers"]
    fewer = EntityFeatures(seen.present, seen.columns.drop_columns(["age"]))
    customers = replace(customers, entities={"customers": fewer})
    state = fit_features(Examples({"customers": customers, "rows of orders": orders}), training)
    assert state.lacking == {"customers": {"customers": ("age",)}}
    block = encode_rows(state, customers).blocks["customers"]
    at = list(state.entities["customers"].numbers).index("age")
    assert (block.part(NumberPart).codes[block.present, at] == 1).all()
    gone = replace(
        orders, entities=orders.entities | {"customers": fewer.take(np.arange(80).repeat(2)[:120])}
    )
    with pytest.raises(TableError, match=r"rows of orders: the rows lack customers\.age,"):
        encode_rows(state, gone)


def test_a_state_that_expects_grains_reads_rows_that_it_never_met(state, examples):
    seen = examples.grains["customers"].entities["customers"]
    fewer = EntityFeatures(seen.present, seen.columns.drop_columns(["city"]))
    visits = replace(examples.grains["customers"], grain="visits", entities={"customers": fewer})
    with pytest.raises(TableError, match=r"visits: the rows lack customers\.city, which"):
        encode_rows(state, visits)
    ready = expect_grains(state, Examples({"visits": visits}))
    block = encode_rows(ready, visits).blocks["customers"]
    assert not block.part(CategoryPart).codes.any()


def test_a_column_that_training_dropped_or_never_had_is_ignored(state, orders):
    seen = orders.entities["orders"]
    more = seen.columns.append_column("new", pa.array(np.arange(120.0)))
    entities = orders.entities | {"orders": EntityFeatures(seen.present, more)}
    one = encode_rows(state, orders).blocks["orders"]
    other = encode_rows(state, replace(orders, entities=entities)).blocks["orders"]
    assert torch.equal(one.part(NumberPart).values, other.part(NumberPart).values)


def test_unknown_labels_become_zero_behind_a_false_mask(state, orders):
    label = orders.label.copy()
    label[::2, 0] = np.nan
    batch = encode_rows(state, replace(orders, label=label))
    assert not batch.mask[::2, 0].any()
    assert batch.mask[1::2, 0].all()
    assert batch.mask[:, 1].all()
    assert (batch.label[::2, 0] == 0).all()
    assert (batch.label[1::2, 0] == 1).all()
    assert (batch.label[:, 1] == 20.5).all()


def test_scenes_are_absent_unseen_or_known(state, orders):
    scene = pa.array(["home", "cart", "rare", "kiosk", None] + [None] * 115)
    batch = encode_rows(state, replace(orders, scene=scene))
    assert batch.scene[:5].tolist() == [3, 2, 1, 1, 0]


def test_the_level_is_handed_on(state, orders):
    level = np.arange(240.0).reshape(120, 2)
    np.testing.assert_array_equal(encode_rows(state, replace(orders, level=level)).level, level)


def test_a_row_is_encoded_the_same_among_any_others(state, orders):
    index = np.array([7, 3, 111])
    few = encode_rows(state, orders.take(index))
    many = encode_rows(state, orders).rows(torch.from_numpy(index))
    assert torch.equal(few.scene, many.scene)
    for name, block in few.blocks.items():
        assert torch.equal(block.part(NumberPart).values, many.blocks[name].part(NumberPart).values)
        assert torch.equal(block.part(NumberPart).codes, many.blocks[name].part(NumberPart).codes)
        assert torch.equal(
            block.part(CategoryPart).codes, many.blocks[name].part(CategoryPart).codes
        )


def test_no_rows_make_an_empty_batch(state, orders):
    batch = encode_rows(state, orders.take(np.array([], dtype=np.int64)))
    assert len(batch) == 0
    assert batch.blocks["orders"].part(NumberPart).values.shape == (0, 3, 2)


def test_lists_are_laid_side_by_side_and_what_was_seen_is_numbered_like_the_items(state, orders):
    two = orders.take(np.array([0, 1, 2]))
    seen = pa.array(
        [
            [{"item": "tea", "span": 0}, {"item": "gold", "span": 0}, {"item": "milk", "span": 2}],
            [],
            [{"item": "milk", "span": 1}],
        ],
        pa.list_(pa.struct([("item", pa.string()), ("span", pa.int8())])),
    )
    two = replace(
        two,
        classes={"buys": pa.array(["milk", "tea"])},
        items={"buys": pa.array([[1, 0, 2], None, [0]], pa.list_(pa.int64()))},
        seen={"buys": seen},
    )
    batch = encode_rows(state, two)
    assert batch.codes["buys"].tolist() == [[1, 0, 2], [-1, -1, -1], [0, -1, -1]]
    assert batch.seen["buys"].tolist() == [
        [[1, 0], [0, 2]],
        [[-1, -1], [-1, -1]],
        [[0, 1], [-1, -1]],
    ]
    some = batch.rows(torch.tensor([2]))
    assert some.codes["buys"].tolist() == [[0, -1, -1]]
    assert len(some.seen["buys"]) == 1


def test_long_lists_take_part_with_evenly_spaced_items():
    lists = pa.array([list(range(100)), [7]], pa.list_(pa.int64()))
    found = pad_lists(lists, most=5)
    assert found.tolist() == [[0, 20, 40, 60, 80], [7, -1, -1, -1, -1]]
    assert pad_lists(lists).shape == (2, 100)
    assert pad_lists(lists.slice(0, 0)).shape == (0, 1)


def test_the_truth_holds_label_and_codes_and_nothing_where_the_mask_is_false(state, orders):
    batch = encode_rows(state, orders.take(np.array([0, 1])))
    codes = {"spend": torch.tensor([[3, -1], [1, 2]])}
    batch = replace(batch, codes=codes, mask=torch.tensor([[True, True], [True, False]]))
    assert batch.truth("buys").tolist() == batch.label[:, 0].tolist()
    assert batch.truth("spend").tolist() == [[batch.label[0, 1].item(), 3, -1], [0, -1, -1]]
