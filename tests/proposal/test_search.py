"""Each family is proposed where it should be, and nothing that is known when its row asks."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_shops import EVENTS, START, candidates, visits

from banian.spec import RowTaskSpec, format_question, parse_question
from banian.spec.node import columns_of, windowed_of


def families(found):
    return {name: one.family for name, one in found.items()}


def labels(found):
    return {one.task.label for one in found.values()}


def test_what_an_entity_does_is_asked_as_yes_count_sum_and_next(tmp_path):
    events = visits()
    random = np.random.default_rng(1)
    events["amount"] = random.integers(1, 500, len(events))
    events["price"] = random.uniform(1, 9, len(events)).round(2)
    events["size_id"] = random.integers(1, 500, len(events))
    found = candidates(tmp_path, EVENTS, events=events)
    said = {label for label in labels(found) if "7d" in label or "14d" in label}
    functions = {label.split("(")[0] for label in said}
    assert {"EXISTS", "COUNT", "SUM", "AVG", "LIST_DISTINCT"} <= functions
    assert any(label.startswith("SUM(events.amount") for label in said)
    assert any(label.startswith("AVG(events.price") for label in said)
    assert not any("size_id" in label or "SUM(events.price" in label for label in said)
    assert not any(label.startswith("COUNT(events, 0") and " = 0" in label for label in said)
    actors = {one.task.for_each for one in found.values() if one.family == "next items"}
    assert actors == {"customers"}


def test_what_comes_back_is_asked_of_the_row(tmp_path):
    events = visits()
    events["quantity"] = 1 + events.index % 5
    back = events.sample(150, random_state=0)
    back = back.assign(quantity=-1, at=back["at"] + pd.Timedelta("5D"))
    found = candidates(tmp_path, EVENTS, events=pd.concat([events, back]))
    (returned,) = (one for name, one in found.items() if "reversed" in name)
    assert returned.task.label.startswith("EXISTS(events WHERE quantity < 0 SAME customer, product")
    assert returned.task.where == "quantity > 0"
    assert any(label.startswith("GREATEST(SUM(events.quantity") for label in labels(found))


def test_a_funnel_in_one_table_leads_from_the_frequent_to_the_rare(tmp_path):
    views = visits().assign(event="view")
    carts = views.sample(500, random_state=1)
    carts = carts.assign(event="cart", at=carts["at"] + pd.Timedelta("1h"))
    sales = carts.sample(150, random_state=2)
    sales = sales.assign(event="purchase", at=sales["at"] + pd.Timedelta("1h"))
    found = candidates(tmp_path, EVENTS, events=pd.concat([views, carts, sales]))
    steps = {name: one.task for name, one in found.items() if one.family == "follows"}
    assert {name.rsplit("_", 1)[0] for name in steps} == {"view_then_cart", "view_then_purchase"}
    assert all(task.where == "event = 'view'" for task in steps.values())
    assert any("event = 'purchase', 0" in label and "SAME" not in label for label in labels(found))


def test_a_funnel_over_two_tables_needs_two_shared_links(tmp_path):
    views = visits()
    orders = views.sample(200, random_state=1)
    orders = orders.assign(at=orders["at"] + pd.Timedelta("2h"))
    declared = EVENTS + "  orders: {source: orders.csv, time: at, links: {LINKS}}\n"
    both = declared.replace("LINKS", "customer: customers, product: products")
    found = candidates(tmp_path, both, events=views, orders=orders)
    asked = "EXISTS(orders SAME customer, product, 0, "
    assert any(label.startswith(asked) for label in labels(found))
    one = declared.replace("LINKS", "customer: customers")
    found = candidates(tmp_path, one, events=views, orders=orders)
    assert not any(label.startswith(asked) for label in labels(found))


def test_late_columns_are_labels_and_others_are_not(tmp_path):
    events = visits()
    random = np.random.default_rng(2)
    events["score"] = random.integers(1, 6, len(events))
    events["colour"] = random.choice(["red", "blue"], len(events))
    events["clicked"] = random.random(len(events)) < 0.2
    events["verdict"] = np.where(events["at"] < START + pd.Timedelta("250D"), "fine", None)
    events.loc[::3, "verdict"] = "poor"
    events.loc[events["at"] > START + pd.Timedelta("260D"), "verdict"] = None
    declared = EVENTS.replace("time: at,", "time: at, known_at: {score: 7d},")
    found = candidates(tmp_path, declared, events=events)
    columns = {one.task.label: one for one in found.values() if one.family == "label column"}
    assert set(columns) == {"score", "clicked", "verdict"}
    assert columns["score"].doubts == ()
    assert "called like an outcome" in columns["clicked"].doubts[0]
    assert "missing in the newest rows" in columns["verdict"].doubts[0]


def test_a_table_without_time_has_only_label_columns(tmp_path):
    random = np.random.default_rng(3)
    mails = pd.DataFrame({"visit": random.integers(0, 2, 300), "zip": random.integers(0, 9, 300)})
    found = candidates(tmp_path, "  mails: {source: mails.csv}\n", mails=mails)
    assert families(found) == {"mail_visit": "label column"}


def test_orders_that_never_come_again_are_no_next_items(tmp_path):
    events = visits()
    events["basket"] = events.customer + events["at"].dt.strftime(" %j")
    declared = EVENTS.replace("product: products}", "product: products, basket: baskets}")
    declared += "  baskets: {from: events, key: basket}\n"
    found = candidates(tmp_path, declared, events=events)
    assert not any("basket" in one.task.label for one in found.values())
    assert not any(one.task.grain == "baskets" for one in found.values())


names = st.sampled_from(["amount", "price", "clicked", "event", "state", "status", "quantity", "x"])
kinds = st.sampled_from(["number", "signed", "flag", "text", "late", "empty"])


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(columns=st.dictionaries(names, kinds, max_size=4), days=st.sampled_from([0.2, 20, 300]))
def test_every_label_looks_ahead_of_what_is_known(tmp_path_factory, columns, days):
    events = visits(200, days=days)
    for at, (name, kind) in enumerate(columns.items()):
        events[name] = _values(kind, len(events), at)
    late = [name for name, kind in columns.items() if kind == "late"]
    known_at = f"known_at: {{{', '.join(f'{name}: 7d' for name in late)}}},"
    declared = EVENTS.replace("time: at,", f"time: at, {known_at}")
    for name, one in candidates(tmp_path_factory.mktemp("shop"), declared, events=events).items():
        assert parse_question(format_question(one.task)) == one.task, name
        windows = windowed_of(one.task.tree)
        assert all(part.window.is_ahead for part in windows)
        if not windows:
            assert isinstance(one.task, RowTaskSpec)
            (column,) = columns_of(one.task.tree)
            assert column in late or one.doubts
        if one.task.condition is not None:
            assert not any(part.window.is_ahead for part in windowed_of(one.task.condition))


def _values(kind: str, rows: int, seed: int) -> object:
    random = np.random.default_rng(seed)
    match kind:
        case "number" | "late":
            return random.integers(0, 9, rows)
        case "signed":
            return random.integers(-1, 30, rows)
        case "flag":
            return random.random(rows) < 0.3
        case "text":
            return random.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1])
        case _:
            return [None] * rows


def test_a_time_that_is_called_like_an_outcome_says_when_it_was_known(tmp_path):
    seen = visits()
    sent = np.random.default_rng(0).random(len(seen)) < 0.3
    seen["returned"] = sent
    seen["returned_at"] = (seen["at"] + pd.Timedelta("5D")).where(sent)
    found = candidates(tmp_path, EVENTS, events=seen)
    (doubt,) = next(one for one in found.values() if one.name.endswith("returned")).doubts
    assert "known_at: {returned: returned_at}" in doubt
    assert "WITHIN 30d" in doubt
