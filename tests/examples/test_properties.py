"""The future changes nothing, and neither does the order of rows, of columns, or the number of threads."""

import random
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from oracle_shop import Row, Shop
from shop_files import read_shop
from shop_rows import START, customers, orders, visits
from shops import entity_tasks, is_rich, row_tasks, shops, with_derived

from banian.examples import Examples, GrainExamples
from banian.examples.build import build_examples
from banian.spec import parse_spec
from banian.tables import read_database

BRIEF = settings(
    max_examples=1,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],  # explaining would trace every line
    suppress_health_check=list(HealthCheck),
)
CUTOFFS = (START + timedelta(days=20), START + timedelta(days=45))
both_grains = st.tuples(entity_tasks(most=1, products=False), row_tasks(most=2)).map(
    lambda pair: (pair[0][0] | pair[1][0], pair[0][1] | pair[1][1])
)


def build(shop: Shop, *, threads: int = 2, **options: Any) -> Examples:
    grains = {task["for_each"] for task in shop.tree["tasks"].values() if "for_each" in task}
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(shop, Path(folder), **options)
        database.engine.backend.raw_sql(f"SET threads = {threads}")
        return build_examples(database, dict.fromkeys(grains, CUTOFFS))


def packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return sink.getvalue().to_pybytes()


def content(rows: GrainExamples, kept: np.ndarray | None = None) -> Mapping[str, bytes]:
    """Everything but the name of a row and its labels, as bytes."""
    kept = np.ones(len(rows), bool) if kept is None else kept
    found = {
        "cutoff": rows.cutoff[kept].tobytes(),
        "asked": rows.asked[kept].tobytes(),
        "level": rows.level[kept].tobytes(),
        "scene": packed(pa.table({"scene": rows.scene.filter(kept)})),
        "cluster": packed(pa.table({"key": rows.clusters.take(rows.cluster[kept])})),
    }
    for name, entity in rows.entities.items():
        found[f"{name} present"] = entity.present[kept].tobytes()
        found[name] = packed(entity.columns.filter(kept))
    return found


def labels(rows: GrainExamples) -> Mapping[str, bytes]:
    parts = {"label": rows.label, "mask": rows.mask, "matured": rows.matured_at}
    named = {f"classes {task}": pa.table({"c": texts}) for task, texts in rows.classes.items()}
    named |= {f"items {task}": pa.table({"i": lists}) for task, lists in rows.items.items()}
    return {name: part.tobytes() for name, part in parts.items()} | {
        name: packed(table) for name, table in named.items()
    }


def read(rows: GrainExamples, at: int, task: int) -> Any:
    """A label as a person reads it: codes depend on what classes there are."""
    name, label = rows.tasks[task], rows.label[at, task]
    if name in rows.items:
        return (
            rows.classes[name].take(pa.array(rows.items[name][at].as_py(), pa.int64())).to_pylist()
        )
    return rows.classes[name][int(label)].as_py() if name in rows.classes else label


def same(one: Examples, other: Examples) -> None:
    assert one.grains.keys() == other.grains.keys()
    assert sum(map(len, one.grains.values())) > 0
    for grain, rows in one.grains.items():
        assert content(rows) == content(other.grains[grain])
        assert labels(rows) == labels(other.grains[grain])


@BRIEF
@given(shop=shops(both_grains).filter(is_rich), seed=st.integers(0, 2**32))
def test_the_order_of_rows_and_columns_changes_no_byte(shop: Shop, seed: int):
    first = build(shop)
    for rows in shop.tables.values():
        random.Random(seed).shuffle(rows)
    same(first, build(shop, reverse_columns=True, threads=1))


@BRIEF
@given(
    shop=shops(both_grains).filter(is_rich),
    at=st.integers(60, 300).map(lambda step: START + step * timedelta(hours=6)),
    order=orders,
    visit=visits,
    person=customers,
    later=st.integers(0, 80).map(lambda step: step * timedelta(hours=6)),
)
def test_a_planted_future_row_changes_nothing_before_it(
    shop: Shop, at: datetime, order: Row, visit: Row, person: Row, later: timedelta
):
    before = build(shop)
    plant(shop, at, order, visit, person, later)
    after = build(shop)
    for grain, rows in before.grains.items():
        others = after.grains[grain]
        old, new = rows.cutoff < np.datetime64(at), others.cutoff < np.datetime64(at)
        assert content(rows, old) == content(others, new)
        if not new.any():
            continue
        settled = rows.mask & (rows.matured_at < np.datetime64(at))
        position = np.flatnonzero(new)[np.cumsum(old) - 1]
        for row, task in np.argwhere(settled):
            assert read(rows, row, task) == read(others, position[row], task)
        assert (rows.matured_at[settled] == others.matured_at[new][settled[old]]).all()


def plant(shop: Shop, at: datetime, order: Row, visit: Row, person: Row, later: timedelta) -> None:
    """Append rows whose time is `at` or later, whatever they claim about when their values were known."""
    value = None if order["value"] is None else Decimal(order["value"])
    order = dict(order, at=at + later, value=value, customer=1, product="p1", scored=START)
    if "order" in shop.tables["orders"][0]:
        order["order"] = 7
    shop.tables["orders"].append(order)
    shop.tables["visits"].append(dict(visit, at=at, customer=1))
    if "joined" in shop.tables["customers"][0]:
        rating = None if person["rating"] is None else Decimal(person["rating"])
        shop.tables["customers"].append(dict(person, id=3, joined=at, rated=START, rating=rating))
    with_derived(shop)


ROWS = 260_000  # more than two of the engine's row groups, so that threads share the work


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    draw = np.random.default_rng(7)
    seconds = draw.integers(0, 100 * 86_400, ROWS)
    table = pa.table(
        {
            "at": (np.datetime64(START, "s") + seconds).astype("datetime64[us]"),
            "who": draw.integers(0, 3000, ROWS),
            "what": np.char.add("p", draw.integers(0, 50, ROWS).astype(str)),
            "amount": (draw.normal(10, 1e4, ROWS)).round(3),
        }
    )
    pq.write_table(table, folder / "one.parquet")
    pq.write_table(table.take(draw.permutation(ROWS)), folder / "two.parquet")
    return folder


def test_threads_and_order_change_no_byte_of_a_large_table(large: Path):
    found = []
    for name, threads in (("one", 1), ("two", 4)):
        spec = parse_spec(
            f"shop: s\ntables:\n  e: {{source: {name}.parquet, time: at, links: {{who: w}}}}\n"
            "  w: {from: e, key: who}\n"
            "tasks:\n  t: {for_each: w, label: {aggregate: avg, of: e.amount, within: 7d}}\n"
            "split: {valid: 2020-02-01, test: 2020-03-01}\n"
        )
        database = read_database(spec, large)
        database.engine.backend.raw_sql(f"SET threads = {threads}")
        found.append(build_examples(database, {"w": CUTOFFS}))
    assert len(found[0].grains["w"]) == 6000
    same(*found)
