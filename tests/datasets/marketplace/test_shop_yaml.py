"""The spec that is written beside the tables."""

from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from banian.datasets.marketplace import FEWEST_DAYS, PRESETS
from banian.datasets.marketplace.shop_yaml import shop_yaml
from banian.examples.cutoff import lay_cutoffs
from banian.spec import SourceTableSpec, TimeSplitSpec, parse_spec
from banian.tables import read_database

FIRST = datetime(2025, 1, 1)
MONTH = timedelta(days=30)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_leaves_labels_time_to_mature(preset):
    market = PRESETS[preset]
    split = parse_spec(shop_yaml(market)).split
    assert isinstance(split, TimeSplitSpec)
    assert split.valid - timedelta(days=60) > FIRST  # history, a horizon
    assert split.test - split.valid > timedelta(days=40)  # a horizon and several cutoffs
    assert FIRST + timedelta(days=market.days) - split.test > timedelta(days=60)  # charge-backs


def test_the_fewest_days_leave_a_label_on_either_side_of_validation():
    market = PRESETS["small"].model_copy(update={"days": FEWEST_DAYS})
    split = parse_spec(shop_yaml(market)).split
    assert isinstance(split, TimeSplitSpec)
    cutoffs = lay_cutoffs(split, (MONTH,), FIRST)
    assert cutoffs[0] + MONTH <= split.valid
    assert any(split.valid <= at and at + MONTH <= split.test for at in cutoffs)
    assert split.test + 2 * MONTH <= FIRST + timedelta(days=FEWEST_DAYS)


@pytest.mark.parametrize("days", [1, 2, 7, 30, 365])
def test_any_length_has_a_split(days):
    split = parse_spec(shop_yaml(PRESETS["small"].model_copy(update={"days": days}))).split
    assert isinstance(split, TimeSplitSpec)
    assert split.valid < split.test


def test_it_names_columns_that_exist(shop):
    spec = parse_spec((shop.folder / "shop.yaml").read_text())
    for table in spec.tables.values():
        if isinstance(table, SourceTableSpec):
            columns = pq.read_schema(shop.folder / table.source).names
            named = {table.key, table.time, table.scene, *table.links, *table.known_at}
            assert named - {None} <= set(columns)
            assert set(table.known_at.values()) <= set(columns)


def test_its_tables_are_read_without_a_fault(shop):
    spec = parse_spec((shop.folder / "shop.yaml").read_text())
    tables = read_database(spec, shop.folder).tables
    assert spec.tables.keys() - tables.keys() == {"orders", "devices"}  # entities inside events
    assert not any(table.report.rejected or table.report.noticed for table in tables.values())
