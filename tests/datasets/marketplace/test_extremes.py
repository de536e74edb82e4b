"""The smallest and the oddest marketplaces."""

import pytest


@pytest.mark.parametrize(
    "knobs",
    [
        {"customers": 1, "days": 1, "products": 1, "merchants": 1},
        {"customers": 1, "days": 30},
        {"customers": 50, "days": 1},
        {"customers": 3, "days": 40, "ring_size": 50, "fraud": 1.0, "visits": 2.0},
        {"products": 2, "customers": 40, "days": 20, "visits": 1.0},
    ],
    ids=str,
)
def test_every_size_gives_every_table(simulate, knobs):
    shop = simulate(**knobs)
    assert len(shop.customers) == shop.market.customers
    assert len(shop.products) == shop.market.products
    assert shop.account["rows"]["impressions"] == len(shop.impressions)


def test_all_knobs_at_0_and_all_at_their_most(simulate):
    names = ("seasonality", "help", "conflict", "drift", "missing_labels", "scene_imbalance")
    names = (*names, "merchant_heterogeneity", "fraud")
    off = dict.fromkeys((*names, "position_bias", "price_elasticity", "leaving"), 0.0)
    assert len(simulate(**off, days=20).impressions) > 100
    most = dict.fromkeys(names, 1.0) | {"leaving": 0.999, "position_bias": 5.0}
    assert len(simulate(**most, days=20).impressions) > 100
