"""On whole public data sets the examples equal one pass over the file."""

import csv
import gzip
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from banian.examples.build import build_examples, training_cutoffs
from banian.spec import parse_spec
from banian.tables import read_database


def test_online_retail_equals_one_pass_over_the_file(public_data, gallery):
    folder = public_data("online_retail")
    spec = parse_spec((gallery / "online_retail.yaml").read_text())
    database = read_database(spec, folder)
    report = database.tables["lines"].report
    assert (report.read, report.kept) == (541_909, 406_829)
    assert report.rejected == {"does not satisfy: CustomerID IS NOT NULL": 135_080}
    types = {name: kind.kind for name, kind in database.tables["lines"].types.items()}
    assert types["CustomerID"] == "whole"
    assert types["UnitPrice"] == types["amount"] == "decimal"
    cutoff = training_cutoffs(database)["customers"][-1]
    tasks = ("repurchase", "spend")
    rows = build_examples(database, {"customers": (cutoff,)}, tasks=tasks).grains["customers"]
    bought, spent = set(), defaultdict(Decimal)
    active, before = set(), defaultdict(Decimal)
    with gzip.open(folder / "online_retail.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if not line["CustomerID"]:
                continue
            customer, at = (
                int(float(line["CustomerID"])),
                datetime.fromisoformat(line["InvoiceDate"]),
            )
            amount = int(line["Quantity"]) * Decimal(line["UnitPrice"])
            if cutoff < at <= cutoff + timedelta(days=90):
                spent[customer] += amount
                if int(line["Quantity"]) > 0:
                    bought.add(customer)
            if at <= cutoff:
                before[customer] += amount
                if at > cutoff - timedelta(days=90):
                    active.add(customer)
    customers = rows.keys["CustomerID"].to_pylist()
    assert customers == sorted(active)
    assert rows.mask.all()
    assert rows.label[:, 0].tolist() == [float(customer in bought) for customer in customers]
    expected = [max(0.0, float(spent[customer])) for customer in customers]
    assert rows.label[:, 1] == pytest.approx(expected, rel=1e-12)
    total = rows.entities["customers"].columns["lines.amount.sum.all"].to_pylist()
    assert total == pytest.approx([float(before[customer]) for customer in customers], rel=1e-12)


def test_hillstrom_has_the_published_rates(public_data, gallery):
    folder = public_data("hillstrom")
    spec = parse_spec((gallery / "hillstrom.yaml").read_text())
    rows = build_examples(read_database(spec, folder), {}).grains["rows of mails"]
    label = dict(zip(rows.tasks, rows.label.T, strict=True))
    assert len(rows) == 64_000
    assert label["visit"].mean() == pytest.approx(9394 / 64_000)
    assert np.isnan(label["conversion"]).sum() == 64_000 - 9394
    assert np.nansum(label["conversion"]) == 578
    assert label["spend"].sum() == pytest.approx(67_258.42, abs=0.5)
    assert "visit" not in rows.entities["mails"].columns.column_names
