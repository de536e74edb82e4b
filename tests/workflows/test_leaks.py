"""Leaks planted in the corner shop are refused or warned of by path; a clean shop is left in peace."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from banian.datasets import write_corner_shop
from banian.errors import LeakageError, SpecError
from banian.spec import ShopSpec, parse_spec
from banian.workflows.check import CheckReport, check
from banian.workflows.fit import fit

TABLES = """\
shop: corner-shop
tables:
  orders:
    source: orders.csv
    key: order_id
    time: ordered_at
    links: {customer_id: customers}
    known_at: {returned: 14d}
    trust: []
  customers: {source: customers.csv, key: customer_id, time: joined_at}
"""
RETURNED = "tasks:\n  returned: {rows: orders, label: returned}\n"
SPEND = """\
tasks:
  spend:
    for_each: customers
    label: {aggregate: sum, of: orders.price, within: 30d}
"""
SPLIT = "split: {valid: 2025-09-01, test: 2025-11-01}\n"
EVENTS = "  {0}: {{source: {0}.csv, time: at, links: {{customer_id: customers}}}}\n"


@pytest.fixture(scope="session")
def clean(tmp_path_factory) -> Path:
    return write_corner_shop(tmp_path_factory.mktemp("clean"), customers=220).parent


@pytest.fixture
def shop(clean, tmp_path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "shop"))


def orders_of(shop: Path) -> pd.DataFrame:
    return pd.read_csv(shop / "orders.csv", parse_dates=["ordered_at"])


def plant(shop: Path, **columns: object) -> None:
    orders_of(shop).assign(**columns).to_csv(shop / "orders.csv", index=False)


def spec_of(tasks: str = RETURNED, *, more: str = "", trust: str = "") -> ShopSpec:
    return parse_spec((TABLES + more + tasks + SPLIT).replace("trust: []", f"trust: [{trust}]"))


def refused(shop: Path, spec: ShopSpec) -> LeakageError:
    with pytest.raises(LeakageError) as error:
        check(spec, shop)
    return error.value


def warned(report: CheckReport) -> list[str]:
    return [suspicion.origin.path for suspicion in report.warnings]


def test_the_clean_shop_is_neither_refused_nor_warned_of(clean):
    report = check(parse_spec((clean / "shop.yaml").read_text()), clean)
    assert report.warnings == ()
    assert set(report.features) == {"customers", "rows of orders"}


@pytest.mark.parametrize(
    "copy",
    [
        lambda label: 3 - 2 * label.astype(int),
        lambda label: np.where(label, "sent back", None),
        lambda label: np.where(label, "sent back", "kept"),
    ],
)
def test_a_label_copied_into_a_column_is_refused(shop, copy):
    plant(shop, refund_status=copy(orders_of(shop)["returned"]))
    error = refused(shop, spec_of())
    assert error.problem.startswith("tables.orders.refund_status alone predicts it almost")
    assert "tasks.returned, AUC 1" in error.problem
    assert "tables.orders: known_at: {refund_status: " in error.remedy
    assert "ignore: [refund_status]" in error.remedy
    assert "tables.orders: trust: [refund_status]" in error.remedy
    assert len(error.problem.splitlines()) == 1


def test_what_is_trusted_is_not_judged(shop):
    plant(shop, refund_status=orders_of(shop)["returned"])
    report = check(spec_of(trust="refund_status"), shop)
    assert report.warnings == ()
    with pytest.raises(SpecError) as error:
        check(spec_of(trust="refund_state"), shop)
    assert "tables.orders.trust: 'orders' has no column 'refund_state'." in error.value.problem
    assert "Did you mean 'refund_status'?" in error.value.remedy


def test_what_is_known_later_is_no_leak(shop):
    plant(shop, refund_status=orders_of(shop)["returned"])
    text = (TABLES + RETURNED + SPLIT).replace("known_at: {", "known_at: {refund_status: 14d, ")
    assert check(parse_spec(text.replace("    trust: []\n", "")), shop).warnings == ()


def test_fit_refuses_the_same(shop, tmp_path):
    plant(shop, refund_status=orders_of(shop)["returned"])
    with pytest.raises(LeakageError, match=r"tables\.orders\.refund_status"):
        fit(spec_of(), shop, tmp_path / "run")


@pytest.mark.usefixtures("quick_fit")
def test_fit_warns_of_what_is_suspicious(shop, tmp_path):
    label = orders_of(shop)["returned"]
    plant(shop, state=np.where(label & (np.arange(len(label)) % 4 > 0), "lost", "open"))
    said: list[str] = []
    text = (TABLES + RETURNED + SPLIT).replace("trust: []", "where: quantity > 0")
    spec = parse_spec(text + "train: {epochs: 1, seeds: 1}\nserve_with: joint\n")
    fit(spec, shop, tmp_path / "run", warn=said.append)
    assert len(said) == 1
    assert said[0].startswith("tables.orders.state alone singles out ")
    assert "ignore: [state]" in said[0]


@pytest.mark.parametrize(
    ("hidden", "way"), [("R{:05d}", "alphabetical order"), ("{:05d}R", "last character")]
)
def test_an_id_that_encodes_the_label_is_refused(shop, hidden, way):
    label = orders_of(shop)["returned"]
    names = [hidden.format(at) for at in range(len(label))]
    parcel = [
        name if sent_back else name.replace("R", "K")
        for name, sent_back in zip(names, label, strict=True)
    ]
    plant(shop, parcel=parcel)
    error = refused(shop, spec_of())
    assert error.problem.startswith("tables.orders.parcel alone predicts it almost perfectly")
    assert f"by the {way} of parcel." in error.problem


def test_ids_given_out_by_class_are_refused_in_another_table(shop):
    orders = orders_of(shop)
    order = np.argsort(~orders["returned"], kind="stable")
    number = np.empty(len(orders), int)
    number[order] = np.arange(len(orders))
    plant(shop, parcel=number)
    pd.DataFrame({"parcel": number, "code": number * 7}).to_csv(shop / "parcels.csv", index=False)
    text = (TABLES + "  parcels: {source: parcels.csv, key: parcel}\n" + RETURNED + SPLIT).replace(
        "links: {", "links: {parcel: parcels, "
    )
    error = refused(shop, parse_spec(text))
    assert "tables.orders.parcel alone predicts" in error.problem
    assert "tables.parcels.code alone predicts" in error.problem
    assert "Give parcel names that say nothing" in error.remedy


def test_a_future_aggregate_is_refused(shop):
    orders = orders_of(shop)
    orders["ordered_at"] = orders["ordered_at"].astype("datetime64[us]")
    moments = pd.date_range("2025-02-03", "2025-10-31", freq="10D", unit="us")
    lines = []
    for at in moments:  # 2025-09-01 is one of them: these are the cutoffs
        ahead = orders["ordered_at"].between(at, at + pd.Timedelta(days=30), inclusive="right")
        spend = orders[ahead].groupby("customer_id")["price"].sum()
        joined = orders["customer_id"].unique()
        lines.append(
            pd.DataFrame({"customer_id": joined, "at": at}).assign(
                expected=lambda rows, spend=spend: rows["customer_id"].map(spend).fillna(0).round(2)
            )
        )
    pd.concat(lines).to_csv(shop / "forecasts.csv", index=False)
    error = refused(shop, spec_of(SPEND, more=EVENTS.format("forecasts")))
    assert error.problem.startswith("tables.forecasts.expected alone predicts it almost perfectly")
    assert "tasks.spend, " in error.problem


def test_one_run_names_every_leak_of_every_kind(shop):
    """Own columns, what is derived from one, an id, a linked table, a history; none hides another."""
    orders = orders_of(shop)
    label, rows = orders["returned"], np.arange(len(orders))
    plant(
        shop,
        refund_status=np.where(label, "sent back", "kept"),
        refunded=np.where(label, 7.5, 0.0),
        parcel=np.where(label, "R", "K") + pd.Series(rows).astype(str).str.zfill(5),
        weak=label
        & (rows % 8 > 0),  # far better than all that is honest, behind all that gives it away
        weaker=np.where(label & (rows % 8 > 1), "x", "y"),
    )
    pd.DataFrame({"parcel": orders_of(shop)["parcel"], "state": label}).to_csv(
        shop / "parcels.csv", index=False
    )
    refunds(shop, "minute")
    tables = TABLES.replace("links: {", "links: {parcel: parcels, ").replace(
        "trust: []", "derive: {twice: refunded * 2}"
    )
    tables += EVENTS.format("refunds") + "  parcels: {source: parcels.csv, key: parcel}\n"
    two = "  back: PREDICT returned FOR EACH orders WHERE quantity > 0\n"
    error = refused(shop, parse_spec(tables + RETURNED + two + SPLIT))
    refused_, suspicious = [], []
    for line in error.problem.splitlines():
        bare = line.removeprefix("Also suspicious: ")
        (refused_ if bare == line else suspicious).append(bare.split()[0])
        assert "tasks.returned" in line
        assert "tasks.back" in line
    assert sorted(refused_) == [
        "tables.orders.parcel",
        "tables.orders.refund_status",
        "tables.orders.refunded",
        "tables.orders.twice",
        "tables.parcels.state",
        "tables.refunds.at",
    ]
    assert {"tables.orders.weak", "tables.orders.weaker"} <= set(suspicious)
    assert len(set(refused_ + suspicious)) == len(refused_ + suspicious)
    for column in ("refund_status", "refunded", "weak", "weaker"):
        assert f"ignore: [{column}]" in error.remedy


def test_two_columns_that_tell_as_much_do_not_hide_each_other(shop):
    label, rows = orders_of(shop)["returned"], np.arange(len(orders_of(shop)))
    noise = np.random.default_rng(0).permutation(rows)
    shown = {f"sign_{at}": np.where(rows % 9 == at, noise % 3, label) for at in (1, 2)}
    plant(shop, **shown)
    warnings = check(spec_of(), shop).warnings
    assert [one.origin.path for one in warnings if "far better than any other" in one.problem] == [
        "tables.orders.sign_1",
        "tables.orders.sign_2",
    ]


def refunds(shop: Path, moment: str) -> None:
    """Write a line for every order that came back, at a time that hides that it came back later."""
    orders = orders_of(shop)
    back = orders[orders["returned"]]
    at = back["ordered_at"].dt.floor("D") if moment == "day" else back["ordered_at"]
    shift = pd.Timedelta(seconds=0 if moment == "day" else 60)
    table = pd.DataFrame({"customer_id": back["customer_id"], "at": at - shift, "paid": 1})
    table.to_csv(shop / "refunds.csv", index=False)


def test_a_timestamp_shifted_before_its_cause_is_refused(shop):
    refunds(shop, "minute")
    error = refused(shop, spec_of(more=EVENTS.format("refunds")))
    assert error.problem.startswith("tables.refunds.at alone predicts it almost perfectly")
    assert "refunds.recency (customers)" in error.problem
    assert error.remedy.startswith("Are the times of refunds when its rows were really known")
    assert len(error.problem.splitlines()) == 1  # not once more for each column of refunds


def test_a_timestamp_rounded_down_to_the_day_is_warned_of(shop):
    refunds(shop, "day")
    report = check(spec_of(more=EVENTS.format("refunds")), shop)
    assert warned(report) == ["tables.refunds.at", "tables.refunds.at"]
    predicts, blurred = report.warnings
    assert predicts.task == "returned"
    assert predicts.score is not None
    assert predicts.score.interval[0] > 0.95
    assert "holds days without hours" in blurred.problem
    assert report.tables["refunds"].dates_only
    assert not report.tables["orders"].dates_only


def test_a_day_at_its_end_is_no_fault(shop):
    orders = orders_of(shop)
    at = orders["ordered_at"].dt.floor("D") + pd.Timedelta(hours=23, minutes=59)
    table = pd.DataFrame({"customer_id": orders["customer_id"], "at": at})
    table.to_csv(shop / "visits.csv", index=False)
    assert check(spec_of(more=EVENTS.format("visits")), shop).warnings == ()


def test_features_are_listed_with_their_meaning_best_first(clean):
    report = check(spec_of(), clean)
    own = report.features["rows of orders"]["orders"]
    assert [own[0].name, own[0].kind, own[0].known] == ["price", "number", 1.0]
    assert {feature.kind for feature in own if feature.name == "channel"} == {"text"}
    lowers = [feature.scores["returned"].interval[0] for feature in own]
    assert lowers == sorted(lowers, reverse=True)
    meanings = {f.name: f.meaning for f in report.features["rows of orders"]["customers"]}
    assert (
        meanings["orders.price.mean.30d"]
        == "mean of price over the events of orders in the last 30 days"
    )


def test_many_tasks_are_scored_at_once(clean):
    tasks = "".join(
        f"  more_than_{least}: PREDICT SUM(orders.price, 0, 30d) > {least} FOR EACH customers\n"
        for least in range(5, 55, 5)
    )
    report = check(spec_of(f"tasks:\n{tasks}"), clean)
    assert report.warnings == ()
    feature = report.features["customers"]["customers"][0]
    assert len(feature.scores) == 10
