"""The spec that asks the first questions of a simulated marketplace."""

from datetime import datetime, timedelta

from banian.datasets.marketplace.market import Market

_FIRST = datetime(2025, 1, 1)
_MATURES = 65  # days that the slowest label and enough rows of it want after the test cutoff
FEWEST_DAYS = 170
"""A marketplace must last so long for its questions to have labels before, at and after the validation cutoff."""
_SPEC = """\
shop: marketplace
tables:
  impressions:
    source: impressions.parquet
    key: impression_id
    time: shown_at
    links: {customer_id: customers, product_id: products}
    scene: scene
    known_at: {clicked: clicked_known_at, carted: carted_known_at, bought: bought_known_at}
  lines:
    source: lines.parquet
    key: line_id
    time: ordered_at
    links: {customer_id: customers, product_id: products, order_id: orders}
    scene: scene
    derive: {amount: quantity * price}
    known_at: {returned: returned_known_at}
  payments:
    source: payments.parquet
    key: payment_id
    time: paid_at
    links: {customer_id: customers, order_id: orders, device_id: devices}
    known_at: {charged_back: charged_back_known_at}
  customers: {source: customers.parquet, key: customer_id, time: joined_at}
  products: {source: products.parquet, key: product_id, time: launched_at, ignore: [description, photo]}
  orders: {from: lines, key: order_id}
  devices: {from: payments, key: device_id}         # members of a fraud ring share them
tasks:
  click: PREDICT impressions.clicked FOR EACH impressions
  purchase: PREDICT impressions.bought FOR EACH impressions GIVEN click
  repurchase: PREDICT EXISTS(lines, 0, 30d) FOR EACH customers WHERE EXISTS(lines, -60d, 0)
  spend: PREDICT SUM(lines.amount, 0, 30d) FOR EACH customers WHERE EXISTS(lines, -60d, 0)
  demand: PREDICT SUM(lines.quantity, 0, 28d) FOR EACH products WHERE EXISTS(impressions, -30d, 0) AS count
  chargeback: PREDICT payments.charged_back FOR EACH payments
train: %s
serve_with: joint   # auto: also single-task twins and boosted trees, and whichever is best task by task
"""
_TRAIN = "{epochs: 4, batch_rows: 512, learning_rate: 0.003, seeds: 1}"
_TRAIN_LONG = "{epochs: 2, seeds: 1}"  # how many rows a step has follows from the data then
_MANY_CUSTOMERS = 2000


def shop_yaml(market: Market) -> str:
    """Write the spec of a marketplace; its split leaves every label time to mature."""
    test = float(max(min(0.8 * market.days, market.days - _MATURES), 0.5 * market.days))
    valid = 0.7 * test
    train = _TRAIN_LONG if market.customers > _MANY_CUSTOMERS else _TRAIN
    return f"{_SPEC % train}split: {{valid: {_on(valid)}, test: {_on(test)}}}\n"


def _on(day: float) -> str:
    if day < 8:
        return (_FIRST + timedelta(hours=round(24 * day))).isoformat()
    return (_FIRST + timedelta(days=round(day))).date().isoformat()
