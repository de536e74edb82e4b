"""What is said of every planted column of the corner shop stands in verdicts.txt, to the last digit that is shown."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from banian.datasets import write_corner_shop
from banian.examples import assign_roles
from banian.examples.build import build_examples, training_cutoffs
from banian.kinds import build_kind, infer_kind
from banian.leakage import (
    Suspicion,
    find_dates_only,
    find_suspicious_columns,
    score_single_features,
)
from banian.spec import parse_spec
from banian.tables import gather_data, read_database

SPEC = """\
shop: corner-shop
tables:
  orders:
    source: orders.csv
    key: order_id
    time: ordered_at
    links: {customer_id: customers, parcel: parcels}
    known_at: {returned: 14d}
    trust: [known]
    derive: {twice: refunded * 2}
  customers: {source: customers.csv, key: customer_id, time: joined_at}
  parcels: {source: parcels.csv, key: parcel}
  refunds: {source: refunds.csv, time: at, links: {customer_id: customers}}
  days: {source: days.csv, time: at, links: {customer_id: customers}}
tasks:
  returned: {rows: orders, label: returned}
  channel: {rows: orders, label: channel}
  spend:
    for_each: customers
    label: {aggregate: sum, of: orders.price, within: 30d}
  buys:
    for_each: customers
    label: {aggregate: exists, of: orders, within: 30d}
split: {valid: 2025-09-01, test: 2025-11-01}
"""


def plant(folder: Path) -> None:
    """Add columns and tables that give a label away: wholly, nearly, in part, by an id, by a history, by a day."""
    orders = pd.read_csv(folder / "orders.csv", parse_dates=["ordered_at"])
    label, row = orders["returned"], np.arange(len(orders))
    random = np.random.default_rng(0)
    amount = random.lognormal(size=len(orders))
    orders = orders.assign(
        known=label,
        refund_status=np.where(label, "sent back", "kept"),
        refunded=np.where(label, amount, 0.0),
        in_part=np.where(row % 3 == 0, label.astype(float), np.nan),
        nearly=np.where(row % 9 == 0, random.permutation(row) % 3 == 0, label),
        weak=label & (row % 8 > 0),
        singled_out=np.where(label & (row % 4 > 0), "lost", "open"),
        parcel=np.where(label, "R", "K") + pd.Series(row).astype(str).str.zfill(5),
        honest=random.normal(size=len(orders)),
    )
    orders.to_csv(folder / "orders.csv", index=False)
    orders[["parcel"]].assign(state=label).to_csv(folder / "parcels.csv", index=False)
    back = orders[label]
    early = back["ordered_at"] - pd.Timedelta(seconds=60)
    refunds = pd.DataFrame({"customer_id": back["customer_id"], "at": early, "paid": 1})
    refunds.to_csv(folder / "refunds.csv", index=False)
    refunds.assign(at=back["ordered_at"].dt.floor("D")).to_csv(folder / "days.csv", index=False)


def describe(one: Suspicion) -> str:
    score = one.score
    said = "" if score is None else f" {score.value:.9g} {score.interval[0]:.9g} {score.pure:.9g}"
    return f"{'leak' if one.is_leak else 'warning'} {one}{said}".replace("\n", "\n    ")


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory) -> str:
    folder = write_corner_shop(tmp_path_factory.mktemp("shop"), customers=220).parent
    plant(folder)
    spec = parse_spec(SPEC)
    database = read_database(spec, gather_data(folder))
    examples = build_examples(database, training_cutoffs(database))
    roles = {
        grain: assign_roles(rows, spec.split, calibrate=True)
        for grain, rows in examples.grains.items()
    }
    kinds = {
        task: infer_kind(task, spec.tasks[task], rows.label[:, at], classes=rows.classes.get(task))
        for rows in examples.grains.values()
        for at, task in enumerate(rows.tasks)
    }
    facts = {task: build_kind(kind).labels for task, kind in kinds.items()}
    scores = score_single_features(examples, roles, facts)
    reports = {name: table.report for name, table in database.tables.items()}
    found = (
        *find_suspicious_columns(spec, database.types, examples, scores),
        *find_dates_only(spec, reports),
    )
    return "".join(f"{describe(one)}\n" for one in found)


def test_every_verdict_is_as_it_was(verdicts):
    expected = Path(__file__).with_name("verdicts.txt").read_text(encoding="utf-8")
    assert verdicts.splitlines() == expected.splitlines()


def test_what_is_honest_or_trusted_is_not_spoken_of(verdicts):
    assert "orders.honest" not in verdicts
    assert "tables.orders.known " not in verdicts
