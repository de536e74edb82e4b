import pyarrow.compute as pc
import pyarrow.csv as csv
import pytest

from banian.datasets import write_corner_shop
from banian.datasets.corner_shop import SPEC
from banian.spec import SourceTableSpec, parse_spec

FILES = {"orders.csv", "customers.csv", "shop.yaml"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop") / "new"
    assert write_corner_shop(folder, customers=60) == folder / "shop.yaml"
    return folder


@pytest.fixture
def orders(folder):
    return csv.read_csv(folder / "orders.csv")


@pytest.fixture
def customers(folder):
    return csv.read_csv(folder / "customers.csv")


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    write_corner_shop(tmp_path, customers=60, seed=7)
    assert contents(tmp_path) == contents(folder)
    assert contents(tmp_path).keys() == FILES


def test_another_seed_gives_other_customers_and_orders_and_the_same_spec(folder, tmp_path):
    write_corner_shop(tmp_path, customers=60, seed=8)
    before, after = contents(folder), contents(tmp_path)
    assert {name for name in FILES if before[name] == after[name]} == {"shop.yaml"}


def test_as_many_customers_are_written_as_asked(customers):
    assert len(customers) == len(customers["customer_id"].unique()) == 60


def test_every_order_has_a_number_of_its_own_and_a_customer_that_exists(orders, customers):
    assert len(orders) == len(orders["order_id"].unique()) > 60
    assert pc.all(pc.is_in(orders["customer_id"], customers["customer_id"])).as_py()
    assert len(orders["customer_id"].unique()) > 30


def test_nobody_orders_before_joining_and_orders_are_in_the_order_of_time(orders, customers):
    joined = orders.join(customers, "customer_id")
    assert pc.all(pc.greater_equal(joined["ordered_at"], joined["joined_at"])).as_py()
    times = orders["ordered_at"].to_pylist()
    assert times == sorted(times)


def test_no_value_is_absent_and_prices_and_quantities_are_positive(orders, customers):
    assert all(
        table[name].null_count == 0 for table in (orders, customers) for name in table.column_names
    )
    assert pc.min(orders["price"]).as_py() > 0
    assert pc.min(orders["quantity"]).as_py() == 1


def test_every_task_finds_both_answers(orders):
    assert set(orders["returned"].to_pylist()) == {True, False}
    assert 0.02 < pc.mean(orders["returned"]).as_py() < 0.5


def test_the_spec_names_columns_that_exist(orders, customers):
    spec = parse_spec(SPEC)
    columns = {"orders": orders.column_names, "customers": customers.column_names}
    for name, table in spec.tables.items():
        assert isinstance(table, SourceTableSpec)
        named = {table.key, table.time, table.scene, *table.links, *table.known_at} - {None}
        assert named <= set(columns[name])


def test_the_span_covers_the_split_and_a_window_after_it(orders):
    split, times = parse_spec(SPEC).split, orders["ordered_at"].to_pylist()
    assert times[0] < split.valid < split.test < times[-1]
    assert (times[-1] - split.test).days >= 30
