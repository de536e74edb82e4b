"""Public data as tables that a spec can name; each function writes into an empty folder and says where they lie."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

import banian

_MARKETS = ("s2", "s3", "t1", "t2")
_REGIONS = (
    *("California", "Great Lakes", "Midsouth", "Northeast", "Northern New England", "Plains"),
    *("South Central", "Southeast", "Total U.S.", "West"),
)
"""Rows of avocado that are sums of others."""
_MINUTE = 60
_OFTEN = 5


def as_shipped(folder: str) -> Callable[[Path, Path], Path]:
    """Take the files as they are."""
    return lambda public, _: public / folder


def simulated(public: Path, folder: Path) -> Path:
    """Simulate a small marketplace, whose true probabilities are known."""
    del public
    banian.simulate(folder, preset="small")
    return folder


def ml100k(public: Path, folder: Path) -> Path:
    """Give MovieLens' typed headers plain names and its seconds a type."""
    for table, suffix in (("ratings", "inter"), ("users", "user"), ("items", "item")):
        columns = _read_tabs(public / "ml100k" / f"ml-100k.{suffix}.gz")
        columns = columns.rename_columns([name.partition(":")[0] for name in columns.column_names])
        if "timestamp" in columns.column_names:
            at = [datetime.fromtimestamp(int(s), UTC) for s in columns["timestamp"].to_pylist()]
            columns = columns.drop_columns("timestamp").append_column(
                "rated_at", pa.array([moment.replace(tzinfo=None) for moment in at])
            )
        pq.write_table(columns, folder / f"{table}.parquet")
    return folder


def xmarket(public: Path, folder: Path) -> Path:
    """Stack the ratings of four markets, of users and items with at least five."""
    markets = []
    for market in _MARKETS:
        ratings = _read_tabs(public / "xmarket" / market / "train.tsv.gz")
        ratings = ratings.rename_columns(["user", "item", "rating"])
        markets.append(ratings.append_column("market", pa.array([market] * len(ratings))))
    stacked = pa.concat_tables(markets)
    for column in ("user", "item"):
        counts = stacked.group_by(column).aggregate([([], "count_all")])
        often = counts.filter(pc.greater_equal(counts["count_all"], _OFTEN))[column]
        stacked = stacked.filter(pc.is_in(stacked[column], often.combine_chunks()))
    numbered = stacked.append_column("row", pa.array(range(len(stacked))))
    pq.write_table(numbered, folder / "ratings.parquet")
    return folder


def fraud_ecommerce(public: Path, folder: Path) -> Path:
    """Give times a type, say how long after the sign-up a purchase came, and leave out the row that was cut off."""
    source = public / "fraud_ecommerce" / "fraud_data_partial.csv.gz"
    options = csv.ParseOptions(invalid_row_handler=lambda _: "skip")
    rows = csv.read_csv(source, parse_options=options)
    for name in ("signup_time", "purchase_time"):
        at = pc.strptime(rows[name], format="%m/%d/%y %H:%M", unit="us")
        rows = rows.set_column(rows.column_names.index(name), name, at)
    waited = pc.seconds_between(rows["signup_time"], rows["purchase_time"])
    rows = rows.append_column("seconds_since_signup", waited).drop_columns("signup_time")
    pq.write_table(rows.filter(pc.is_valid(rows["class"])), folder / "purchases.parquet")
    return folder


def fraud_after_a_minute(public: Path, folder: Path) -> Path:
    """Leave out the purchases within a minute of the sign-up, which are all fraud."""
    path = fraud_ecommerce(public, folder) / "purchases.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.filter(pc.greater(rows["seconds_since_signup"], _MINUTE)), path)
    return folder


def avocado(public: Path, folder: Path) -> Path:
    """Leave out the totals of regions, and give every place and way of growing a market."""
    weeks = csv.read_csv(public / "avocado" / "avocado.csv.gz")
    weeks = weeks.filter(pc.invert(pc.is_in(weeks["geography"], pa.array(_REGIONS))))
    market = pc.binary_join_element_wise(weeks["geography"], weeks["type"], ", ")
    weeks = weeks.append_column("market", market)
    described = weeks.group_by(["market", "geography", "type"]).aggregate([])
    pq.write_table(described, folder / "markets.parquet")
    pq.write_table(weeks.drop_columns(["geography", "type"]), folder / "weeks.parquet")
    return folder


def fashion(public: Path, folder: Path) -> Path:
    """Take the first word of a product's name for its brand."""
    products = pq.read_table(public / "fashion_products" / "styles.parquet")
    names = pc.utf8_split_whitespace(products["productDisplayName"], max_splits=1)
    products = products.append_column("brand", pc.list_element(names, 0))
    pq.write_table(products, folder / "products.parquet")
    return folder


def _read_tabs(path: Path) -> pa.Table:
    """Read a file whose columns stand between tabs; Latin-1, since titles carry accents."""
    options = csv.ParseOptions(delimiter="\t", quote_char=False)
    return csv.read_csv(path, csv.ReadOptions(encoding="latin-1"), options)
