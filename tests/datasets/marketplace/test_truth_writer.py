"""What came of it agrees with the probabilities that it was drawn from."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

TABLES = {
    "impressions": "impression_id",
    "lines": "line_id",
    "payments": "payment_id",
    "assignments": "assignment_id",
}
LABELS = [
    ("impressions", "clicked"),
    ("impressions", "carted"),
    ("impressions", "bought"),
    ("lines", "returned"),
    ("payments", "charged_back"),
    ("assignments", "responded"),
]


def truth_of(shop, table, label):
    rows = shop.truth[(shop.truth.table == table) & (shop.truth.label == label)]
    return rows.set_index("key")


@pytest.mark.parametrize(("table", "label"), LABELS)
def test_every_label_has_a_true_probability(shop, table, label):
    truth, rows = truth_of(shop, table, label), getattr(shop, table).set_index(TABLES[table])
    given = truth.given.dropna().unique().tolist()
    assert given == (["clicked"] if label in ("carted", "bought") else [])
    asked = truth_of(shop, table, "clicked").value if given else pd.Series(True, index=rows.index)
    assert truth.index.tolist() == asked.index[asked].tolist()
    assert truth.probability.between(0, 1).all()
    seen = rows[label].loc[truth.index].dropna().astype(bool)
    assert (seen == truth.value[seen.index]).all()


def test_observed_rates_agree_with_true_probabilities_in_every_scene(shop):
    assert len(shop.account["labels"]) == 3 * 5 + 3
    for label in shop.account["labels"]:
        surprise = abs(label["observed"] - label["expected"]) / label["standard_deviation"]
        assert surprise < 4, label


def test_probabilities_are_calibrated_in_every_tenth(simulate):
    for table, label in LABELS[:3]:
        truth = truth_of(simulate(), table, label)
        tenth = pd.qcut(truth.probability, 10, labels=False)
        for _, rows in truth.groupby(tenth):
            spread = np.sqrt((rows.probability * (1 - rows.probability)).sum())
            assert abs(rows.value.sum() - rows.probability.sum()) < 4 * spread


def test_the_account_adds_up_the_truth(shop):
    for label in shop.account["labels"]:
        if label["scene"] == "all":
            truth = truth_of(shop, label["table"], label["label"])
            assert label["rows"] == len(truth)
            assert label["expected"] == pytest.approx(truth.probability.sum())
            assert label["observed"] == truth.value.sum()


def test_the_rows_of_every_table_are_counted(shop):
    assert shop.account["rows"] == {n: len(getattr(shop, n)) for n in shop.account["rows"]}


def test_rates_are_those_of_a_shop(shop):
    rates = {
        label["label"]: label["expected"] / label["rows"]
        for label in shop.account["labels"]
        if label["scene"] == "all"
    }
    assert 0.12 < rates["clicked"] < 0.27
    assert 0.1 < rates["bought"] < 0.3
    assert 0.05 < rates["returned"] < 0.25


def test_as_many_customers_leave_as_their_hazards_say(shop):
    leavers = shop.account["leavers"]
    assert leavers["observed"] == shop.truth_customers.left_at.notna().sum() > 5
    assert abs(leavers["observed"] - leavers["expected"]) < 4 * np.sqrt(leavers["expected"])


def test_who_has_left_does_not_come_back(simulate):
    shop = simulate(leaving=0.999, days=40)
    shown = shop.impressions.merge(shop.truth_customers, on="customer_id")
    late = shown[shown.shown_at > shown.left_at]
    responses = shop.assignments[shop.assignments.responded.eq(True)]
    known = late.merge(responses, on="customer_id")  # a response already under way still arrives
    assert set(late.customer_id) <= set(known.customer_id)


def test_charge_backs_become_known_after_5_to_30_days(shop):
    delay = shop.payments.charged_back_known_at - shop.payments.paid_at
    charged_back = delay[shop.payments.charged_back.eq(True)]
    assert len(charged_back) > 10
    assert charged_back.between(pd.Timedelta(days=5), pd.Timedelta(days=30)).all()
    assert charged_back.max() - charged_back.min() > pd.Timedelta(days=15)
    assert (delay[shop.payments.charged_back.eq(False)] == pd.Timedelta(days=30)).all()


def test_rings_share_what_they_pay_with_and_most_charge_backs_are_theirs(shop):
    payments = shop.payments.merge(shop.truth_customers, on="customer_id")
    users = payments.groupby("device_id").customer_id.nunique()
    in_ring = payments[payments.ring >= 0]
    assert users[in_ring.device_id.unique()].mean() > 1.4
    assert users[payments[payments.ring < 0].device_id.unique()].mean() < 1.2
    charged = payments[payments.charged_back.eq(True)]
    assert (charged.ring >= 0).mean() > 0.7


def test_arms_are_drawn_at_random_and_respond_as_their_truth_says(simulate):
    shop = simulate(customers=3000, days=11, visits=0.001)
    truth = shop.truth_uplift.assign(responded=truth_of(shop, "assignments", "responded").value)
    assert truth.arm.tolist() == shop.assignments.arm.tolist()
    for arm, rows in truth.groupby("arm"):
        assert binomtest(len(rows), len(truth), 1 / 3).pvalue > 1e-4
        spread = np.sqrt((rows[arm] * (1 - rows[arm])).sum())
        assert abs(rows.responded.sum() - rows[arm].sum()) < 4 * spread
    rates = truth.groupby("arm").responded.mean()
    true_uplift = (truth.voucher - truth.control).mean()
    assert true_uplift > 0.05
    assert rates["voucher"] - rates["control"] == pytest.approx(true_uplift, abs=0.08)
    assert (truth.reminder < truth.control).any()  # some are annoyed
