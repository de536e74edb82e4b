"""A key that is for some merchants: whatever is asked or sent, nothing that leads to another passes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings

from banian.features import StoredEvents
from banian.features.build_store import build_store
from banian.inference.ask_rows import AskRows
from banian.inference.asks import read_asks
from banian.serving.keys import Key
from banian.serving.refusal import Refusal
from banian.serving.scope import may_ask, refuse_asks, refuse_rows
from banian.spec import parse_spec
from banian.tables import read_database

TABLES = {
    "lines": "{{source: lines.csv, key: line, time: at, links: {{customer: customers, product: products{direct}}}}}",
    "products": "{source: products.csv, key: product, links: {merchant: merchants, parent: products, store: stores}}",
    "stores": "{source: stores.csv, key: store, links: {merchant: merchants}}",
    "customers": "{{source: customers.csv, key: customer{home}}}",
    "merchants": "{source: merchants.csv, key: merchant}",
}
TASKS = """
  late: PREDICT lines.late FOR EACH lines
  spend: PREDICT SUM(lines.value, 0, 30d) FOR EACH customers
  demand: PREDICT SUM(lines.value, 0, 30d) FOR EACH products
"""
OF_MERCHANTS = """
  sales: PREDICT SUM(lines.value, 0, 30d) FOR EACH merchants
  next: PREDICT LIST_DISTINCT(lines.product, 0, 30d) RANK TOP 3 FOR EACH merchants
"""
OURS = ("1", "3")
MERCHANTS, STORES, PRODUCTS, CUSTOMERS = (1, 2, 3), ("s1", "s2"), ("p1", "p2", "p3"), ("c1", "c2")
START = datetime(2020, 1, 1)
NAMES = {
    "merchants": [*MERCHANTS, 9, None],
    "stores": [*STORES, "s9", None],
    "products": [*PRODUCTS, "p9", None],
    "customers": [*CUSTOMERS, "c9", None],
}
names_of = {name: st.sampled_from(names) for name, names in NAMES.items()}
FORMS = [(False, True), (True, False), (True, True)]
"""Whether lines name a merchant themselves, and whether customers have a store."""
DRAWS = 20 if settings.get_current_profile_name() == "long" else 1
"""Shops of each form."""


@dataclass
class Small:
    """A shop as rows, and what the service would hold of it."""

    rows: dict[str, list[dict]]
    predictor: SimpleNamespace
    run: Path

    def links(self, table: str) -> dict[str, str]:
        return self.predictor.spec.source(table).links

    def owners(
        self, table: str, row: dict, passed: frozenset[str] = frozenset()
    ) -> Iterator[object]:
        """Give every merchant that a row leads to, "nobody" for one that should lead to some and does not."""
        if table == "merchants" and row.get("merchant") is not None:
            yield str(row["merchant"])
        for column, to in self.links(table).items():
            key = row.get(column)
            if key is not None and to not in passed | {table}:
                yield from self.owners_of(to, key, passed | {table})

    def owners_of(
        self, entity: str, key: object, passed: frozenset[str] = frozenset()
    ) -> Iterator[object]:
        if entity == "merchants":
            yield str(key)
            return
        column = str(self.predictor.spec.tables[entity].key)
        (row,) = [one for one in self.rows[entity] if one[column] == key] or [None]
        is_seen = any(
            one.get(link) == key
            for table, rows in self.rows.items()
            for link, to in self.links(table).items()
            if to == entity
            for one in rows
        )
        found = list(self.owners(entity, row or {}, passed))
        yield from found
        is_owned = entity != "customers" or bool(self.links(entity))
        if is_owned and not set(found) & set(OURS) and (row or is_seen):
            yield "nobody"

    def passes(self, *owners: object) -> bool:
        return bool(owners) and set(owners) <= set(OURS)


def as_table(rows: list[dict]) -> pa.Table:
    kinds = {
        "merchant": pa.int64(),
        "line": pa.int64(),
        "size": pa.float64(),
        "value": pa.float64(),
    }
    kinds |= {"late": pa.bool_(), "at": pa.timestamp("us")}
    return pa.table(
        {
            name: pa.array([row[name] for row in rows], kinds.get(name, pa.string()))
            for name in rows[0]
        }
    )


@st.composite
def rows_of(draw, table: str, links: dict[str, str]) -> dict:
    return {column: draw(names_of[to]) for column, to in links.items()}


@pytest.fixture(
    scope="module",
    params=[(*form, seed) for seed in range(DRAWS) for form in FORMS],
    ids=lambda param: f"direct={param[0]}, home={param[1]}, {param[2]}",
)
def shop(request, tmp_path_factory) -> Small:
    """A shop of each form, whose links are drawn once for all tests."""
    is_direct, has_home, seed = request.param
    chance = Random(seed)
    text = {
        "direct": ", merchant: merchants" if is_direct else "",
        "home": ", links: {home: stores}" if has_home else "",
    }
    tables = "\n".join(
        f"  {name}: {said.format(**text) if '{{' in said else said}"
        for name, said in TABLES.items()
    )
    tasks = TASKS.rstrip() + OF_MERCHANTS if is_direct else TASKS
    spec = parse_spec(
        f"shop: small\ntables:\n{tables}\ntasks:{tasks}\nsplit: {{valid: 2020-02-01, test: 2020-03-01}}\n"
    )

    def named(table: str) -> dict:
        links = spec.source(table).links
        return {column: chance.choice(NAMES[to]) for column, to in links.items()}

    rows = {
        name: [{str(spec.tables[name].key): key, "size": 1.5, **named(name)} for key in keys]
        for name, keys in (
            ("merchants", MERCHANTS),
            ("stores", STORES),
            ("products", PRODUCTS),
            ("customers", CUSTOMERS),
        )
    }
    rows["lines"] = [
        {
            "line": number,
            "at": START + timedelta(days=4 * number),
            "value": 2.5,
            "late": number % 2 == 0,
            **named("lines"),
        }
        for number in range(24)
    ]
    folder = tmp_path_factory.mktemp("shop")
    database = read_database(spec, {name: as_table(of) for name, of in rows.items()})
    build_store(database, folder / "store")
    store = StoredEvents(spec, database.types, folder / "store")
    bundle = SimpleNamespace(spec=spec, types=database.types)
    return Small(rows, SimpleNamespace(spec=spec, store=store, bundle=bundle), folder)


KEY = Key("ann", "", scope={"merchants": OURS})
ONCE = settings(max_examples=1, deadline=None, phases=[Phase.generate])
"""One draw of many asks, in which every ask must be right by itself: there is nothing to be made smaller."""


def is_let_in(shop: Small, ask: dict) -> bool:
    predictor = shop.predictor
    latest = predictor.store.facts.latest
    groups = read_asks(AskRows.of([ask]), predictor.spec, predictor.bundle.types, latest=latest)
    return not is_refused(lambda: refuse_asks(KEY, predictor, groups))


def is_refused(work) -> bool:
    try:
        work()
    except Refusal as refusal:
        return refusal.status == 403
    return False


@ONCE
@given(data=st.data())
def test_no_ask_passes_that_leads_to_another_merchant(shop, data):
    for _ in range(40):
        task, about = data.draw(
            st.sampled_from(
                [
                    (name, task.about)
                    for name, task in shop.predictor.spec.tasks.items()
                    if name != "next"
                ]
            )
        )
        said = data.draw(rows_of(about, shop.links(about)))
        owners = list(shop.owners(about, said))
        ask = {"task": task} | {name: value for name, value in said.items() if value is not None}
        if about == "lines":
            ask["line"] = data.draw(st.integers(0, 30))
        else:
            column = str(shop.predictor.spec.tables[about].key)
            ask[column] = data.draw(names_of[about].filter(lambda key: key is not None))
            owners += shop.owners_of(about, ask[column])
        assert is_let_in(shop, ask) == shop.passes(*owners), (ask, owners)


@ONCE
@given(data=st.data())
def test_no_row_is_taken_that_leads_to_another_merchant_or_takes_the_place_of_its_row(shop, data):
    spec = shop.predictor.spec
    for _ in range(20):
        table = data.draw(st.sampled_from(list(TABLES)))
        row = data.draw(rows_of(table, shop.links(table)))
        column = str(spec.tables[table].key)
        row[column] = data.draw(
            st.integers(20, 30)
            if table == "lines"
            else names_of[table].filter(lambda key: key is not None)
        )
        owners = list(shop.owners(table, row))
        stored = [one for one in shop.rows[table] if one[column] == row[column]]
        before = [owner for one in stored for owner in shop.owners(table, one)]
        if table in ("products", "stores", "customers"):
            before += shop.owners_of(table, row[column])
        passes = shop.passes(*owners) and set(before) <= set(OURS) and bool(before or not stored)
        rows = {table: as_table([row])}
        refused = is_refused(lambda: refuse_rows(KEY, shop.predictor, shop.run, rows))  # noqa: B023
        assert refused != passes, (table, row, owners, before)


def test_one_bad_ask_among_good_ones_is_enough_to_be_refused(shop):
    predictor = shop.predictor
    asks = [{"task": "demand", "product": f"p9{m}", "merchant": m} for m in (1, 2, 3)]
    groups = read_asks(
        AskRows.of(asks),
        predictor.spec,
        predictor.bundle.types,
        latest=predictor.store.facts.latest,
    )
    assert is_refused(lambda: refuse_asks(KEY, predictor, groups))


def test_tasks_that_tell_of_others_or_name_nobody_are_not_offered(shop):
    spec = shop.predictor.spec
    offered = {name for name, task in spec.tasks.items() if may_ask(KEY, spec, task)}
    has_home = "home" in shop.links("customers")
    owned = {"late", "demand"} | ({"spend"} if has_home else set())
    if "sales" in spec.tasks:
        owned.add("sales")
        assert not is_let_in(shop, {"task": "next", "merchant": 1})
        assert is_let_in(shop, {"task": "sales", "merchant": 1})
    assert offered == owned
    stranger = Key("bob", "", scope={"merchant": OURS})  # no such entity: a slip opens nothing
    assert not any(may_ask(stranger, spec, task) for task in spec.tasks.values())
