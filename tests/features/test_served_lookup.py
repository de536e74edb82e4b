"""What stands for a column of a row that is served is looked up in a store, as in a table."""

from datetime import datetime

import pyarrow as pa
import pytest

from banian.features import StoredEvents
from banian.features.build_store import build_store
from banian.spec import parse_spec
from banian.tables import read_database

SPEC = """
shop: small
tables:
  lines: {source: lines.csv, time: at, links: {item: products}}
  products: {source: products.csv, key: product}
tasks: {back: 'PREDICT lines.returned FOR EACH lines'}
serve: {lines: {price: %s, position: 1}}
split: {valid: 2020-02-01, test: 2020-03-01}
"""


@pytest.mark.parametrize("path", ["products.price", "item.price"])
def test_by_the_entity_or_by_the_link(tmp_path, path):
    spec = parse_spec(SPEC % path)
    at = [datetime(2020, month, 1) for month in (1, 2, 3)]
    lines = {"at": at, "item": ["a", "b", "a"], "price": [2.5, 7.0, 2.5], "position": [1, 2, 3]}
    tables = {
        "lines": pa.table({**lines, "returned": [True, False, True]}),
        "products": pa.table({"product": ["a", "b"], "price": [2.5, 8.25]}),
    }
    database = read_database(spec, tables)
    build_store(database, tmp_path / "store")
    stored = StoredEvents(spec, database.types, tmp_path / "store")
    asks = pa.table({"item": ["a", "b", "c", "b"], "price": [None, None, None, 3.0]})
    found = stored.look_up("lines", asks)["price"].cast(pa.float64()).to_pylist()
    assert found == [2.5, 8.25, None, 3.0]
    assert stored.look_up("lines", asks.select(["item"]))["price"].to_pylist()[1] == "8.25"
