"""Every key leads somewhere, and nothing is known before it happened."""

import pandas as pd
import pytest

LINKS = [
    ("products", "merchant_id", "merchants", "merchant_id"),
    ("impressions", "customer_id", "customers", "customer_id"),
    ("impressions", "product_id", "products", "product_id"),
    ("searches", "session_id", "impressions", "session_id"),
    ("searches", "customer_id", "customers", "customer_id"),
    ("orders", "session_id", "impressions", "session_id"),
    ("lines", "order_id", "orders", "order_id"),
    ("lines", "product_id", "products", "product_id"),
    ("returns", "line_id", "lines", "line_id"),
    ("payments", "order_id", "orders", "order_id"),
    ("messages", "customer_id", "customers", "customer_id"),
    ("messages", "order_id", "orders", "order_id"),
    ("assignments", "campaign_id", "campaigns", "campaign_id"),
    ("assignments", "customer_id", "customers", "customer_id"),
    ("stock", "product_id", "products", "product_id"),
    ("truth_customers", "customer_id", "customers", "customer_id"),
    ("truth_products", "product_id", "products", "product_id"),
]
ROWS = {
    "impressions": ("impression_id", "shown_at"),
    "searches": ("search_id", "searched_at"),
    "orders": ("order_id", "ordered_at"),
    "lines": ("line_id", "ordered_at"),
    "returns": ("return_id", "returned_at"),
    "payments": ("payment_id", "paid_at"),
    "messages": ("message_id", "sent_at"),
    "assignments": ("assignment_id", "assigned_at"),
}
LABELS = [
    ("impressions", "clicked", "shown_at"),
    ("impressions", "carted", "shown_at"),
    ("impressions", "bought", "shown_at"),
    ("lines", "returned", "ordered_at"),
    ("payments", "charged_back", "paid_at"),
    ("assignments", "responded", "assigned_at"),
]


def end(shop):
    return pd.Timestamp("2025-01-01") + pd.Timedelta(days=shop.market.days)


@pytest.mark.parametrize(("table", "column", "to", "key"), LINKS)
def test_every_link_leads_to_a_row(shop, table, column, to, key):
    links = getattr(shop, table)[column].dropna()
    assert len(links)
    assert links.isin(getattr(shop, to)[key]).all()


@pytest.mark.parametrize("table", ROWS)
def test_keys_count_up_in_the_order_of_time(shop, table):
    key, time = ROWS[table]
    rows = getattr(shop, table)
    assert rows[key].tolist() == list(range(len(rows)))
    assert rows[time].is_monotonic_increasing
    assert rows[time].min() >= pd.Timestamp("2025-01-01")
    assert rows[time].max() < end(shop)


@pytest.mark.parametrize(("table", "label", "time"), LABELS)
def test_a_label_is_known_after_its_row_and_before_the_end(shop, table, label, time):
    rows = getattr(shop, table)
    known = rows[f"{label}_known_at"]
    assert (known.isna() == rows[label].isna()).all()
    assert (known.dropna() > rows[time][known.notna()]).all()
    assert known.max() < end(shop)


def test_an_event_follows_its_cause(shop):
    returns = shop.returns.merge(shop.lines, on="line_id").merge(shop.orders, on="order_id")
    assert (returns.returned_at > returns.delivered_at).all()
    delivered = shop.orders.dropna(subset="delivered_at")
    assert (delivered.delivered_at > delivered.ordered_at).all()
    messages = shop.messages.merge(shop.orders, on="order_id")
    assert (messages.sent_at > messages.ordered_at).all()
    answered = shop.messages.dropna(subset="answered_at")
    assert (answered.answered_at > answered.sent_at).all()
    assert (shop.payments.account_days >= 0).all()


def test_nobody_visits_before_joining_and_nothing_is_shown_before_its_launch(shop):
    shown = shop.impressions.merge(shop.customers, on="customer_id")
    shown = shown.merge(shop.products, on="product_id")
    assert (shown.joined_at < shown.shown_at).all()
    assert (shown.launched_at < shown.shown_at).all()


def test_whoever_buys_has_clicked_and_put_it_into_the_cart(shop):
    known = shop.impressions.dropna(subset=["clicked", "carted", "bought"])
    assert (known.clicked[known.carted.astype(bool)]).all()
    assert (known.carted[known.bought.astype(bool)]).all()


def test_what_was_bought_is_ordered_once(shop):
    bought = shop.impressions[shop.impressions.bought.eq(True)]
    assert len(bought) == len(shop.lines)
    ordered = shop.lines.merge(shop.orders[["order_id", "session_id"]], on="order_id")
    pairs = [set(zip(t.session_id, t.product_id, strict=True)) for t in (bought, ordered)]
    assert pairs[0] == pairs[1]


def test_an_order_is_the_sum_of_its_lines_and_is_paid_once(shop):
    lines = (shop.lines.price * shop.lines.quantity).groupby(shop.lines.order_id)
    assert lines.sum().to_numpy() == pytest.approx(shop.orders.amount.to_numpy())
    assert lines.size().tolist() == shop.orders.line_count.tolist()
    assert shop.payments.order_id.tolist() == shop.orders.order_id.tolist()
    assert (shop.payments.amount == shop.orders.amount).all()


def test_a_returned_line_is_in_returns(shop):
    returned = shop.lines.line_id[shop.lines.returned.eq(True)]
    assert set(returned) == set(shop.returns.line_id)


def test_a_product_is_shown_at_the_price_of_the_day_and_only_while_in_stock(shop):
    shown = shop.impressions.assign(day=shop.impressions.shown_at.dt.floor("D"))
    there = shown.merge(shop.stock, on=["product_id", "day"], suffixes=("", "_on_shelf"))
    assert len(there) == len(shown)
    assert (there.price == there.price_on_shelf).all()
    assert (there.stock > 0).all()
    assert (shop.stock.stock == 0).any()


def test_positions_of_a_page_count_up_from_one(shop):
    pages = shop.impressions.groupby(["session_id", "scene"])
    assert (pages.position.transform("cumcount") + 1 == shop.impressions.position).all()
    assert not shop.impressions.duplicated(["session_id", "scene", "product_id"]).any()


def test_a_search_counts_what_it_showed_and_what_was_clicked(shop):
    results = shop.impressions[shop.impressions.scene == "search"].groupby("session_id")
    searches = shop.searches.set_index("session_id")
    assert results.size().to_dict() == searches.shown.to_dict()
    clicks = shop.truth[shop.truth.label == "clicked"].set_index("key").value
    shown = shop.impressions[shop.impressions.scene == "search"]
    clicked = clicks[shown.impression_id].groupby(shown.session_id.to_numpy()).sum()
    known = searches.clicks.dropna()
    assert clicked[known.index].tolist() == known.tolist()
