"""What is recommended is what asking about every item, one by one, says is best."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from item_shop import ITEMS

from banian.errors import AskError
from banian.recommendation import ItemFilter, Wish
from banian.recommendation import recommender as module

EVERY = [f"p{one}" for one in range(ITEMS)]


def table(run, name):
    return pq.read_table(run.parent / "tables" / f"{name}.parquet").to_pandas()


def by_hand(predictor, who: str, items=EVERY, **said) -> dict[str, float]:
    """Ask about each item alone, and multiply."""
    asks = [{"task": ["click", "buy"], "customer_id": who, "product_id": p, **said} for p in items]
    told = predictor.predict(asks).to_pandas()
    return told.groupby("product_id")["value"].prod().to_dict()


def names(found) -> list[str]:
    return [one.item for one in found.found]


@pytest.mark.parametrize("who", ["c3", "c17", "a stranger"])
def test_the_best_of_all_items_come_first(recommender, predictor, who):
    expected = by_hand(predictor, who, place="home")
    wish = Wish({"customer_id": who}, k=8, task="buy", scene="home")
    found = recommender.recommend(wish)
    assert found.ranked_by == ("click", "buy")
    assert found.candidates == len(EVERY)
    assert found.cold == (("customers",) if who == "a stranger" else ())
    assert names(found) == sorted(expected, key=lambda one: -expected[one])[:8]
    for one in found.found:
        assert one.score == pytest.approx(expected[one.item], rel=1e-5)
        assert one.score == pytest.approx(one.values["click"] * one.values["buy"])
        assert set(one.values) == {"click", "buy", "stay"}
        assert one.columns["title"] == f"Thing {one.item[1:]}"


def test_a_task_of_lists_ranks_where_none_is_named(recommender, predictor):
    told = predictor.predict({"task": "next", "customer_id": "c3"}).rows["choices"][0].as_py()
    found = recommender.recommend(Wish({"customer_id": "c3"}, k=5))
    assert found.ranked_by == ("next",)
    assert names(found) == [one["name"] for one in told]
    assert [one.score for one in found.found] == pytest.approx([one["value"] for one in told])


def test_filters_leave_only_what_passes(recommender, item_run, predictor):
    products = table(item_run, "products")
    fits = products[
        products["kind"].isin(["kind 1", "kind 2"])
        & products["in_stock"]
        & (products["price"] <= 60)
    ]
    filters = {
        "kind": ItemFilter(among=("kind 1", "kind 2")),
        "in_stock": ItemFilter(among=(True,)),
        "price": ItemFilter(most=60.0),
    }
    wish = Wish({"customer_id": "c3"}, k=50, task="click", filters=filters)
    found = recommender.recommend(wish)
    assert sorted(names(found)) == sorted(fits["product_id"])
    assert found.candidates == len(fits)
    with pytest.raises(AskError, match="no column 'colour'"):
        recommender.recommend(Wish({"customer_id": "c3"}, filters={"colour": ItemFilter(("red",))}))
    with pytest.raises(AskError, match="holds no numbers"):
        recommender.recommend(Wish({"customer_id": "c3"}, filters={"kind": ItemFilter(least=1.0)}))


@pytest.mark.parametrize("days", [20.0, 90.0, 400.0])
def test_what_was_bought_within_some_days_is_left_out(recommender, item_run, days):
    sales, at = table(item_run, "sales"), datetime(2025, 7, 10)
    own = sales[(sales["customer_id"] == "c5") & (sales["at"] <= at)]
    had = set(own[own["at"] > at - timedelta(days=days)]["product_id"])
    wish = Wish({"customer_id": "c5"}, k=100, at=at, task="buy", not_in={"sales": days})
    assert set(names(recommender.recommend(wish))) == set(EVERY) - had
    with pytest.raises(AskError, match="do not name both"):
        recommender.recommend(Wish({"customer_id": "c5"}, not_in={"products": 3.0}))


def test_an_item_that_is_launched_later_is_not_there_yet(recommender):
    now = recommender.recommend(Wish({"customer_id": "c5"}, k=100, task="buy", at="2025-06-01"))
    later = recommender.recommend(Wish({"customer_id": "c5"}, k=100, task="buy", at="2025-06-16"))
    assert f"p{ITEMS - 1}" not in names(now)
    assert f"p{ITEMS - 1}" in names(later)


def test_no_more_than_so_many_have_the_same_value(recommender):
    wish = Wish({"customer_id": "c5"}, k=8, task="buy", most_per={"kind": 2})
    kinds = [one.columns["kind"] for one in recommender.recommend(wish).found]
    assert sorted(kinds) == sorted(2 * [f"kind {one}" for one in range(4)])


def test_diversity_makes_items_less_alike_and_keeps_the_best(recommender):
    def likeness(diversity: float) -> tuple[float, str]:
        wish = Wish({"customer_id": "c5"}, k=8, task="buy", diversity=diversity)
        found = recommender.recommend(wish)
        held = recommender._vectors["products"].of(names(found))
        return float((held @ held.T).mean()), names(found)[0]

    recommender.recommend(Wish({"customer_id": "c5"}, task="buy"))
    (plain, best), (less, first) = likeness(0.0), likeness(0.9)
    assert less < plain
    assert best == first


def test_reasons_are_true(recommender, item_run):
    sales, at = table(item_run, "sales"), datetime(2025, 7, 1)
    before = sales[sales["at"] <= at]
    own = before[before["customer_id"] == "c5"].sort_values("at", ascending=False)
    lately = before[before["at"] >= at - timedelta(days=31)]["product_id"].value_counts()
    wish = Wish({"customer_id": "c5"}, k=40, at=at, task="buy")
    kinds = set()
    for one in recommender.recommend(wish).found:
        for reason in one.reasons:
            if reason.startswith("chosen"):
                kinds.add("chosen")
                times = (own["product_id"] == one.item).sum()
                assert reason.startswith("chosen once" if times == 1 else f"chosen {times} times")
            elif reason.startswith("similar to Thing"):
                kinds.add("similar")
                last = "p" + reason.removeprefix("similar to Thing ").partition(",")[0]
                assert last in set(own["product_id"].drop_duplicates()[:3])
            elif " others who chose Thing " in reason:
                kinds.add("together")
                count, others = int(reason.split()[0]), int(reason.split()[2])
                last = "p" + reason.split("Thing ")[1].split()[0]
                chose = before[(before["product_id"] == last) & (before["customer_id"] != "c5")]
                both = before[
                    before["customer_id"].isin(chose["customer_id"])
                    & (before["product_id"] == one.item)
                ]
                assert others == chose["customer_id"].nunique()
                assert count == both["customer_id"].nunique()
            elif reason.startswith("price"):
                kinds.add("price")
                assert (
                    abs(float(one.columns["price"]) - own["price"].mean())
                    <= 0.25 * own["price"].mean()
                )
            else:
                kinds.add("popular")
                assert reason.startswith("popular")
                assert int(reason.split()[1]) <= lately[one.item]
    assert {"chosen", "similar", "price"} <= kinds


def test_a_stranger_is_told_only_what_is_popular(recommender):
    found = recommender.recommend(Wish({"customer_id": "nobody"}, k=40, task="buy"))
    said = [reason for one in found.found for reason in one.reasons]
    assert all(reason.startswith("popular") for reason in said)


def test_of_very_many_items_those_like_the_last_and_the_popular_are_ranked(
    recommender, predictor, monkeypatch
):
    monkeypatch.setattr(module, "MOST_RANKED", 12)
    found = recommender.recommend(Wish({"customer_id": "c5"}, k=100, task="buy"))
    assert len(found.found) == 12
    assert found.candidates == len(EVERY)
    expected = by_hand(predictor, "c5")
    assert names(found) == sorted(names(found), key=lambda one: -expected[one])


def test_what_ranks_nothing_is_refused_with_what_would(recommender):
    with pytest.raises(AskError, match="demand ranks no items"):
        recommender.recommend(Wish({"customer_id": "c1"}, task="demand"))
    with pytest.raises(AskError, match="not said for whom") as told:
        recommender.recommend(Wish({"city": "A"}, task="buy"))
    assert "customer_id" in told.value.remedy
    with pytest.raises(AskError, match="No task of this shop ranks items") as told:
        recommender.recommend(Wish({"customer_id": "c1"}), tasks=["demand"])
    assert "LIST_DISTINCT" in told.value.remedy


def test_customers_can_be_recommended_to_an_item(recommender, predictor):
    people = [f"c{one}" for one in range(60)]
    asks = [{"task": "click", "customer_id": who, "product_id": "p7"} for who in people]
    value = predictor.predict(asks).to_pandas()["value"].to_numpy()
    found = recommender.recommend(Wish({"product_id": "p7"}, k=5, task="click"))
    assert names(found) == [people[at] for at in np.argsort(-value, kind="stable")[:5]]
    assert "mail" not in found.found[0].columns
