"""Examples equal what one gets by reading every row for every ask."""

import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from keeping import kept
from oracle import ask_entities, ask_rows
from oracle_shop import Ask, Shop
from shop_files import read_shop
from shop_rows import instants
from shops import entity_tasks, is_rich, row_tasks, shops

from banian.examples import GrainExamples
from banian.examples.build import build_examples
from banian.features import EntityFeatures

EXAMPLES = int(os.environ.get("BANIAN_ORACLE_EXAMPLES", "3"))
BRIEF = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="BANIAN_ORACLE_EXAMPLES" not in os.environ,
    phases=[Phase.reuse, Phase.generate, Phase.shrink],  # explaining would trace every line
    suppress_health_check=list(HealthCheck),
)


@BRIEF
@given(
    shop=shops(entity_tasks()).filter(is_rich),
    cutoffs=st.lists(instants, min_size=1, max_size=3, unique=True).map(sorted),
)
def test_entities_at_cutoffs_equal_the_oracle(shop: Shop, cutoffs: list[datetime]):
    grains = {task["for_each"] for task in shop.tree["tasks"].values()}
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(shop, Path(folder))
        built = kept(build_examples(database, dict.fromkeys(grains, tuple(cutoffs))))
    assert built.grains.keys() == grains
    for grain in grains:
        compare(built.grains[grain], ask_entities(shop, grain, cutoffs))


@BRIEF
@given(shop=shops(row_tasks()).filter(is_rich), since=st.one_of(st.none(), instants))
def test_rows_at_their_own_time_equal_the_oracle(shop: Shop, since: datetime | None):
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(shop, Path(folder))
        built = kept(build_examples(database, {}, since=since))
    asks = ask_rows(shop, "orders")
    asks = [ask for ask in asks if since is None or ask.cutoff >= since]
    compare(built.grains["rows of orders"], asks)


def compare(rows: GrainExamples, asks: list[Ask]) -> None:
    keys = list(zip(rows.keys.column(0).to_pylist(), rows.cutoff.tolist(), strict=True))
    position = {key: at for at, key in enumerate(keys)}
    assert len(position) == len(keys)
    assert position.keys() == {(ask.key, ask.cutoff) for ask in asks}
    assert rows.cutoff.tolist() == sorted(rows.cutoff.tolist())
    clusters = rows.clusters.to_pylist()
    for ask in asks:
        at = position[ask.key, ask.cutoff]
        cluster = ask.own["customer"] if ask.is_row else ask.key
        assert clusters[rows.cluster[at]] == ("" if cluster is None else str(cluster))
        assert rows.scene[at].as_py() == ask.own.get("city")
        for task, name in enumerate(rows.tasks):
            where = f"{name} of {ask.key} at {ask.cutoff}"
            assert rows.asked[at, task] == ask.asked[name], where
            same_label(rows, at, name, ask.label[name], where)
            assert rows.mask[at, task] == (ask.label[name] is not None), where
            assert rows.matured_at[at, task].item() == ask.matured[name], where
            same(rows.level[at, task], ask.level[name], f"level {where}")
        assert rows.entities.keys() == ask.features.keys()
        for entity, features in rows.entities.items():
            assert features.present[at] == ask.present[entity], (entity, ask.key)
            if entity in ask.ids:
                assert features.ids[at].as_py() == ask.ids[entity], (entity, ask.key)
            else:
                assert features.ids is None
            same_features(features, at, ask.features[entity], f"{ask.key} at {ask.cutoff}")
            same_sequences(
                features, at, ask.sequences.get(entity, {}), f"{ask.key} at {ask.cutoff}"
            )


def same_label(rows: GrainExamples, at: int, task: str, expected: Any, where: str) -> None:
    found = rows.label[at, rows.tasks.index(task)]
    if task in rows.items and expected is not None:
        codes = rows.items[task][at].as_py()
        assert [rows.classes[task][code].as_py() for code in codes] == expected, where
        expected = len(expected)
    elif task in rows.classes and expected is not None:
        assert rows.classes[task][int(found)].as_py() == expected, where
        return
    same(found, expected, where)


def same_features(found: EntityFeatures, at: int, expected: Mapping[str, Any], where: str) -> None:
    assert found.columns.column_names == sorted(expected)
    for name in expected:
        same(found.columns[name][at].as_py(), expected[name], f"{name} of {where}")


def same_sequences(found: EntityFeatures, at: int, expected: Mapping[str, Any], where: str) -> None:
    lists = {name: t[name] for t in found.sequences.values() for name in t.column_names}
    assert sorted(lists) == sorted(expected)
    for table in found.sequences.values():
        assert len({len(table[name][at]) for name in table.column_names}) == 1
    for name, values in expected.items():
        shown = lists[name][at].as_py()
        assert len(shown) == len(values), f"{name} of {where}"
        for one, other in zip(shown, values, strict=True):
            same(one, other, f"{name} of {where}")


def same(found: Any, expected: Any, where: str) -> None:
    if expected is None:
        assert found is None or np.isnan(found), f"{where}: {found}, and nothing was expected"
    elif isinstance(expected, str):
        assert found == expected, f"{where}: {found}, and {expected} was expected"
    else:
        # The clock ticks in microseconds: 1e-10 days.
        assert found == pytest.approx(float(Fraction(expected)), rel=1e-9, abs=1e-10), where
