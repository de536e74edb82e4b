"""Every knob does what it says, and nothing where it is 0."""

import numpy as np
import pytest

from banian.datasets.marketplace import Market
from banian.datasets.marketplace.loyalty import Loyalty
from banian.datasets.marketplace.tastes import LIKES, likes
from banian.datasets.marketplace.world import draw_world

ONE_DAY = {"customers": 3000, "days": 1, "merchant_heterogeneity": 0.0}


def logit(probability):
    return np.log(probability / (1 - probability))


def clicks(shop):
    truth = shop.truth[shop.truth.label == "clicked"]
    return shop.impressions.assign(logit=logit(truth.probability.to_numpy()))


def purchases(shop):
    truth = shop.truth[(shop.truth.label == "bought")].set_index("key")
    return shop.impressions.assign(logit=logit(truth.probability)).dropna(subset="logit")


def test_position_bias_moves_clicks_by_the_log_of_the_position(simulate):
    with_bias = clicks(simulate(**ONE_DAY, position_bias=1.0))
    without = clicks(simulate(**ONE_DAY, position_bias=0.0))
    home = with_bias.scene == "home"
    moved = (with_bias.logit - without.logit)[home]
    assert moved.to_numpy() == pytest.approx(-np.log(with_bias.position[home].to_numpy()))


def test_price_elasticity_moves_purchases_by_the_log_of_the_price(simulate):
    steep = purchases(simulate(**ONE_DAY, price_elasticity=2.0))
    flat = purchases(simulate(**ONE_DAY, price_elasticity=0.0))
    both = steep.join(flat.logit.rename("flat"), how="inner")
    both = both.merge(simulate(**ONE_DAY, price_elasticity=2.0).truth_customers, on="customer_id")
    home = both[both.scene == "home"]
    expected = -2.0 * home.price_sensitivity * np.log(home.price_index)
    assert len(home) > 50
    assert (home.logit - home.flat).to_numpy() == pytest.approx(expected.to_numpy())


def test_seasonality_brings_visitors_on_weekends(simulate):
    ratios = {}
    for strength in (0.0, 1.0):
        shop = simulate(customers=400, days=28, leaving=0.0, seasonality=strength)
        visits = shop.impressions.drop_duplicates("session_id").shown_at.dt.day_of_week
        ratios[strength] = 2.5 * (visits >= 5).sum() / (visits < 5).sum()
    assert ratios[0.0] == pytest.approx(1, abs=0.15)
    assert ratios[1.0] == pytest.approx(1.3 / 0.88, abs=0.25)


def agreement(shop):
    return shop.truth_products.click_appeal.corr(shop.truth_products.purchase_appeal)


def test_help_makes_clicks_and_purchases_agree_and_conflict_opposes_them(simulate):
    many = {"products": 3000, "customers": 1, "days": 1}
    alone = agreement(simulate(**many, help=0.0, conflict=0.0))
    helped = agreement(simulate(**many, help=1.0, conflict=0.0))
    opposed = agreement(simulate(**many, help=0.0, conflict=1.0))
    both = agreement(simulate(**many, help=1.0, conflict=1.0))
    assert alone == pytest.approx(0, abs=0.06)
    assert helped == pytest.approx(1)
    assert opposed < -0.5
    assert opposed < both < helped


def test_help_brings_customers_of_good_products_back():
    rates = {}
    for strength in (0.0, 1.0):
        loyalty = Loyalty(draw_world(Market(customers=4, products=8, help=strength)))
        usual = loyalty.visit_rate(400)
        loyalty.please(np.array([0, 1]), np.array([1.5, -1.5]))
        rates[strength] = loyalty.visit_rate(400) / usual
    assert rates[0.0].tolist() == [1, 1, 1, 1]
    assert rates[1.0][0] > 1.1
    assert rates[1.0][1] < 0.9
    assert rates[1.0][2:].tolist() == [1, 1]


def test_missing_labels_lose_that_share_and_truth_keeps_them(simulate):
    whole, lossy = simulate(days=30), simulate(days=30, missing_labels=0.3)
    assert lossy.truth.equals(whole.truth)
    for table, label in (("impressions", "clicked"), ("lines", "returned")):
        known = getattr(whole, table)[label].notna()
        lost = getattr(lossy, table)[label][known].isna()
        assert lost.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / known.sum()))
    nothing = simulate(missing_labels=1.0, days=5)
    assert nothing.impressions.clicked.isna().all()


def test_scene_imbalance_moves_pages_to_home(simulate):
    shares = {
        knob: simulate(scene_imbalance=knob, days=10).impressions.scene.value_counts(normalize=True)
        for knob in (0.0, 0.5, 1.0)
    }
    assert shares[0.0]["home"] < shares[0.5]["home"] < shares[1.0]["home"]
    assert shares[1.0]["home"] > 0.95
    assert shares[0.0].min() > 0.05


def test_merchants_differ_only_by_their_knob(simulate):
    spread = {}
    for knob in (0.0, 1.0):
        shop = simulate(customers=2000, days=2, merchant_heterogeneity=knob)
        rows = clicks(shop).merge(shop.products[["product_id", "merchant_id"]], on="product_id")
        rows = rows.merge(shop.truth_products, on="product_id")
        rest = rows.logit - rows.click_appeal
        spread[knob] = rest.groupby(rows.merchant_id).mean().std()
    assert spread[1.0] > 3 * spread[0.0]


def test_drift_moves_tastes_from_the_first_day_to_the_last():
    market = Market(drift=1.0, days=101)
    assert (likes(market, 0) == LIKES).all()
    assert likes(market, 50) == pytest.approx((likes(market, 0) + likes(market, 100)) / 2)
    assert np.corrcoef(likes(market, 100).ravel(), LIKES.ravel())[0, 1] < 0.2
    assert (likes(Market(drift=0.0, days=101), 100) == LIKES).all()


def test_drift_shows_in_clicks(simulate):
    calm, drifting = simulate(days=30), simulate(days=30, drift=1.0)
    first = [shop.impressions.shown_at < "2025-01-02" for shop in (calm, drifting)]
    assert clicks(calm).logit[first[0]].tolist() == clicks(drifting).logit[first[1]].tolist()
    assert clicks(calm).logit.iloc[-1000:].mean() != clicks(drifting).logit.iloc[-1000:].mean()


def test_fraud_at_0_leaves_no_ring_and_at_1_nobody_else(simulate):
    assert (simulate(fraud=0.0).truth_customers.ring == -1).all()
    everybody = simulate(fraud=1.0, days=20, ring_size=5).truth_customers.ring
    assert (everybody >= 0).all()
    assert everybody.value_counts().max() == 5


def test_the_hazard_of_a_day_adds_up_to_the_share_of_a_year():
    for leaving in (0.0, 0.3, 0.9):
        assert 1 - (1 - Market(leaving=leaving).hazard) ** 365 == pytest.approx(leaving, abs=0.01)


def test_nobody_leaves_without_a_hazard_and_more_leave_with_a_larger_one(simulate):
    left = [
        simulate(leaving=knob, days=20, fraud=0.0).account["leavers"] for knob in (0.0, 0.3, 0.999)
    ]
    assert left[0]["observed"] == 0
    assert left[0]["expected"] < left[1]["expected"] < left[2]["expected"]
