"""On public data sets the obvious tasks are found, and none whose label is known when it is asked."""

from pathlib import Path

from banian.proposal import find_candidates, guess_tables
from banian.spec import parse_spec, parse_tables
from banian.spec.node import columns_of, windowed_of
from banian.tables import read_database


def candidates_of(story: Path, folder: Path) -> set[str]:
    declared = parse_spec(story.read_text())
    bare = declared.model_copy(update={"tasks": {}})
    found, _ = find_candidates(read_database(bare, folder))
    for one in found:
        windows = windowed_of(one.task.tree)
        known_later = bare.source(one.task.grain.removeprefix("rows of ")).known_at
        assert windows or columns_of(one.task.tree) <= known_later.keys()
        assert all(part.window.is_ahead for part in windows)
    return {f"{one.task.grain}: {one.task.label}" for one in found}


def test_online_retail_is_asked_for_repurchase_spend_demand_next_and_returns(public_data, gallery):
    found = candidates_of(gallery / "online_retail.yaml", public_data("online_retail"))
    assert {
        "customers: EXISTS(lines WHERE Quantity > 0, 0, 90d)",
        "customers: GREATEST(SUM(lines.amount, 0, 90d), 0)",
        "customers: LIST_DISTINCT(lines.StockCode WHERE Quantity > 0, 0, 90d) RANK TOP 12",
        "products: GREATEST(SUM(lines.Quantity, 0, 7d), 0)",
        "rows of lines: EXISTS(lines WHERE Quantity < 0 SAME CustomerID, StockCode, 0, 28d)",
    } <= found
    assert len(found) < 20


def test_complete_journey_is_asked_for_redemption_spend_and_stores(public_data, gallery):
    found = candidates_of(gallery / "complete_journey.yaml", public_data("complete_journey"))
    assert {
        "households: EXISTS(redemptions, 0, 90d)",
        "households: EXISTS(transactions, 0, 28d)",
        "households: SUM(transactions.sales_value, 0, 28d)",
        "households: LIST_DISTINCT(transactions.store_id, 0, 28d) RANK TOP 12",
        "rows of sent: EXISTS(redemptions SAME household_id, campaign_id, 0, 28d)",
    } <= found


def test_the_tables_of_complete_journey_are_guessed(public_data):
    folder = public_data("complete_journey")
    sources = ("transactions_sample", "products", "campaign_descriptions", "coupon_redemptions")
    tables = "".join(f"  {name}: {{source: {name}.parquet}}\n" for name in sources)
    spec, _ = parse_tables(f"shop: s\ntables:\n{tables}")
    guessed = guess_tables(read_database(spec, folder))
    assert guessed["transactions_sample"]["time"] == "transaction_timestamp"
    assert guessed["transactions_sample"]["links"] == {
        "household_id": "households",
        "product_id": "products",
        "store_id": "stores",
        "basket_id": "baskets",
    }
    assert guessed["products"]["key"] == "product_id"
    assert guessed["campaign_descriptions"]["time"] == "start_date"
    assert guessed["households"] == {"from": "transactions_sample", "key": "household_id"}
