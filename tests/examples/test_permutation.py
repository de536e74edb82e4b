"""Everything that was made from one raw column moves to other rows, and nothing else does."""

from datetime import datetime

import numpy as np
import pytest

from banian.datasets import write_corner_shop
from banian.examples import RawColumns, copy_sequences
from banian.examples.build import build_examples
from banian.features import Origin
from banian.spec import parse_spec
from banian.tables import read_database


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("permute")
    text = write_corner_shop(folder, customers=40).read_text()
    text = text.replace(
        "  customers: {", "  cities: {from: customers, key: country}\n  customers: {"
    )
    spec = parse_spec(
        "model: {sequences: attention}\n"
        + text.replace(
            "  orders:\n    for_each",
            "  next: PREDICT LIST_DISTINCT(orders.channel, 0, 30d) RANK TOP 2 FOR EACH customers\n"
            "  orders:\n    for_each",
        )
    )
    database = read_database(spec, folder)
    examples = build_examples(
        database, {"customers": (datetime(2025, 9, 1), datetime(2025, 10, 1))}
    )
    return spec, database.types, examples.grains


@pytest.fixture(params=["customers", "rows of orders"])
def case(request, shop):
    """One grain, its raw columns, and a permutation of its rows."""
    spec, types, grains = shop
    rows = grains[request.param].take(np.arange(20))
    return rows, RawColumns(spec, types, rows), np.random.default_rng(0).permutation(len(rows))


def parts(rows):
    """List everything that rows are told, under the name of the part."""
    found = {"scene": rows.scene.to_pylist(), "cutoff": rows.cutoff.tolist()}
    for at, task in enumerate(rows.tasks):
        found["level", task] = rows.level[:, at].tolist()
        if task in rows.seen:
            found["seen", task] = rows.seen[task].to_pylist()
    for entity, told in rows.entities.items():
        found["ids", entity] = None if told.ids is None else told.ids.to_pylist()
        found |= {(entity, n): told.columns[n].to_pylist() for n in told.columns.column_names}
        for lists in told.sequences.values():
            found |= {(entity, "list", n): lists[n].to_pylist() for n in lists.column_names}
    return found


def changed(before, after):
    first, second = parts(before), parts(after)
    return {name for name in first if first[name] != second[name]}


def test_rows_that_stay_where_they_are_stay_as_they_are(case):
    rows, raw, _ = case
    stay = dict.fromkeys(raw.of_task(rows.tasks[0]), np.arange(len(rows)))
    assert parts(raw.permute(rows, stay)) == parts(rows)
    assert parts(copy_sequences(rows)) == parts(rows)


def test_features_move_with_the_column_that_they_were_made_from(case):
    rows, raw, other = case
    for origin in raw.of_task(rows.tasks[0])[::2]:
        found = raw.permute(rows, {origin: other})
        for (entity, name), made_from in raw.features.items():
            before, after = (one.entities[entity].columns[name] for one in (rows, found))
            assert after.equals(before.take(other) if made_from == origin else before)
        assert found.label is rows.label
        assert found.keys is rows.keys
        assert np.array_equal(found.cluster, rows.cluster)


def test_every_part_moves_with_some_column(case):
    rows, raw, other = case
    rows = rows.take(np.arange(20))
    other = other[other < 20]
    moved = set()
    for task in rows.tasks:
        origins = raw.of_task(task)
        moved |= changed(rows, raw.permute(rows, dict.fromkeys(origins, other)))
    varies = {
        name
        for name, part in parts(rows).items()
        if part is not None and "list" not in name and [part[at] for at in other] != part
    }
    assert varies - moved == set()


def test_sequences_take_values_of_other_rows_and_stay_as_long(case):
    rows, raw, other = case
    prices = ("customers", "list", "orders.price")
    origin = Origin("orders", "price")
    before, found = parts(rows), parts(raw.permute(rows, {origin: other}))
    for own, theirs, got in zip(
        before[prices], [before[prices][at] for at in other], found[prices], strict=True
    ):
        assert got == (theirs + [None] * len(own))[: len(own)]
    for name in before:
        if "list" in name and not name[2].endswith(".price"):
            assert found[name] == before[name]


@pytest.mark.parametrize(
    ("grain", "origin", "moved"),
    [
        ("customers", Origin("customers", "customer_id"), {("ids", "customers")}),
        (
            "customers",
            Origin("customers", "country"),
            {("customers", "country"), ("ids", "cities")},
        ),
        (
            "rows of orders",
            Origin("orders", "customer_id"),
            {("ids", "customers"), ("orders", "customer_id")},
        ),
    ],
)
def test_ids_move_with_the_column_that_names_the_entity(shop, grain, origin, moved):
    spec, types, grains = shop
    rows = grains[grain].take(np.arange(20))
    other = np.random.default_rng(0).permutation(20)
    found = changed(rows, RawColumns(spec, types, rows).permute(rows, {origin: other}))
    assert moved <= found
    assert not found - moved - {("cities", name[1]) for name in found if name[0] == "cities"}


def test_the_past_of_a_label_moves_with_the_columns_that_it_reads(shop):
    spec, types, grains = shop
    rows = grains["customers"].take(np.arange(30))
    other = np.random.default_rng(0).permutation(len(rows))
    raw = RawColumns(spec, types, rows)
    spend = changed(rows, raw.permute(rows, {Origin("orders", "amount"): other}))
    assert {one for one in spend if one[0] in ("level", "seen")} == {("level", "spend")}
    channel = changed(rows, raw.permute(rows, {Origin("orders", "channel"): other}))
    assert ("seen", "next") in channel
    counts = changed(rows, raw.permute(rows, {Origin("orders", "ordered_at"): other}))
    assert {("level", "orders"), ("customers", "orders.count.30d")} <= counts


def test_scene_and_time_move_with_their_columns(shop):
    spec, types, grains = shop
    rows = grains["rows of orders"].take(np.arange(20))
    other = np.random.default_rng(0).permutation(20)
    raw = RawColumns(spec, types, rows)
    assert "scene" in changed(rows, raw.permute(rows, {Origin("orders", "channel"): other}))
    times = changed(rows, raw.permute(rows, {Origin("orders", "ordered_at"): other}))
    assert {"cutoff", ("orders", "time.hour")} <= times


def test_two_columns_move_apart_and_neither_sees_the_other(case):
    rows, raw, other = case
    first, second = Origin("orders", "price"), Origin("orders", "quantity")
    both = raw.permute(rows, {first: other, second: other[::-1]})
    one, two = (raw.permute(rows, {a: b}) for a, b in ((first, other), (second, other[::-1])))
    expected = parts(rows) | {name: parts(one)[name] for name in changed(rows, one)}
    expected |= {name: parts(two)[name] for name in changed(rows, two)}
    assert parts(both) == expected
