"""Marketplaces to start from."""

from banian.datasets.marketplace.market import Market

PRESETS: dict[str, Market] = {
    "small": Market(
        customers=400, products=160, merchants=16, days=240, visits=0.09, fraud=0.1, ring_size=4
    ),
    "shop": Market(),
    "marketplace": Market(customers=50_000, products=10_000, merchants=400),
}
"""About 50 thousand, 1 million and 10 million impressions."""
