"""Every fault of a spec is named: where it is, what was found, what exists, what to write."""

import pytest

from banian.errors import SpecError
from banian.spec import parse_spec

SHOP = """
shop: small
tables:
  lines: {source: a.csv, time: at, links: {customer: customers}}
  customers: {from: lines, key: customer}
  mails: {source: m.csv}
tasks:
  buy: {for_each: customers, label: {aggregate: exists, of: lines, within: 7d}}
split: {valid: 2020-01-01, test: 2020-02-01}
"""
SPLIT = "split: {valid: 2020-01-01, test: 2020-02-01}"


def test_the_spec_without_a_fault_is_read():
    assert parse_spec(SHOP).shop == "small"


FAULTS = [
    # keys
    (
        "shop:",
        "taks: 1\nshop:",
        "unknown key 'taks'. Did you mean 'tasks'? "
        "There are: model, serve, serve_with, shop, split, tables, tasks, train.\n"
        "Remedy: Correct the spec and run it again.",
    ),
    ("time: at", "tme: at", "tables.lines: unknown key 'tme'. Did you mean 'time'?"),
    ("7d}", "7d, withn: 7d}", "tasks.buy.label: unknown key 'withn'. Did you mean 'within'?"),
    ("{source: m.csv}", "m.csv", "tables.mails: this must be a mapping, {NAME: VALUE}"),
    ("time: at", "time: [at]", "tables.lines.time: this must be one text"),
    # tables
    (
        "customers}",
        "custmers}",
        "tables.lines.links.customer: no table 'custmers'. Did you mean 'customers'? "
        "There are: customers, lines, mails.",
    ),
    (
        "customers}",
        "mails}",
        "tables.lines.links.customer: 'mails' has no key to link to. Give it one: key: …",
    ),
    (
        "from: lines",
        "from: lnies",
        "tables.customers.from: no table 'lnies'. Did you mean 'lines'? There are: lines, mails.",
    ),
    ("  mails:", "  Lines:", "tables 'lines' and 'Lines' differ only in case. Rename one of them"),
    (
        "source: m.csv",
        "source: m.csv, known_at: {x: 3d}",
        "tables.mails.known_at.x: the table needs a time",
    ),
    (
        "time: at",
        "time: at, known_at: {x: 3y}",
        "tables.lines.known_at.x: '3y' is not a length of time. Write one like 12h, 7d or 4w.",
    ),
    (
        "time: at",
        "time: at, known_at: {customer: 3d}",
        "tables.lines.known_at.customer: keys, times, links and scenes are known with their row.",
    ),
    # durations and expressions
    (
        "within: 7d",
        "within: 7x",
        "tasks.buy.label.within: '7x' is not a length of time. Write one like 12h, 7d, 4w or 3mo.",
    ),
    ("within: 7d", "within: 0d", "tasks.buy.label.within: '0d' is not a length of time."),
    ("within: 7d", "within: -1d", "tasks.buy.label.within: '-1d' is not a length of time."),
    (
        "within: 7d",
        "within: 7d, where: a > > 1",
        "tasks.buy.label.where: cannot read this expression:\n  a > > 1\n      ^\n",
    ),
    (
        "time: at",
        "time: at, derive: {x: a + (b}",
        "tables.lines.derive.x: cannot read this expression:\n  a + (b\n        ^\n",
    ),
    # labels
    (
        "aggregate: exists",
        "aggregate: exits",
        "tasks.buy.label.aggregate: this must be 'exists', 'count', 'count_distinct', 'sum', "
        "'avg', 'min', 'max', 'first', 'last' or 'list_distinct', not 'exits'",
    ),
    (
        "aggregate: exists",
        "aggregate: sum",
        "tasks.buy.label: sum needs a column: write of: lines.COLUMN",
    ),
    ("of: lines", "of: lines.x", "tasks.buy.label: exists counts rows: write of: lines"),
    ("7d}", "7d, compare: '> 1'}", "tasks.buy.label: exists is already yes or no"),
    ("7d}", "7d, at_least: 1}", "tasks.buy.label: exists is already yes or no"),
    (
        "aggregate: exists",
        "aggregate: count, compare: more",
        "tasks.buy.label: 'more' is not a comparison. Write one like '> 0' or '<= 2.5'.",
    ),
    ("of: lines", "of: liens", "tasks.buy.label: no table 'liens'. Did you mean 'lines'?"),
    (
        "of: lines",
        "of: mails",
        "tasks.buy.label: 'mails' has no time, so no window. Give it one.",
    ),
    (
        "of: lines",
        "of: customers",
        "tasks.buy.label: 'customers' has no rows of its own. There are: lines, mails.",
    ),
    # entity tasks
    (
        "for_each: customers",
        "for_each: custmers",
        "tasks.buy.for_each: no table 'custmers'. Did you mean 'customers'? "
        "There are: customers, lines, mails.",
    ),
    (
        "{for_each: customers",
        "{for_each: mails",
        "tasks.buy.for_each: 'mails' has no key. Give it one: key: …",
    ),
    (
        "links: {customer: customers}",
        "key: order",
        "tasks.buy.label: 'lines' has no link to 'customers'. "
        "Write one: tables.lines.links: {COLUMN: customers}",
    ),
    (
        "7d}",
        "7d, same: [x]}",
        "tasks.buy: label: cannot read this expression:\n  EXISTS(lines SAME x, 0, 7d)\n  ^\n"
        "only a row has columns to compare with SAME: an entity is its key",
    ),
    (
        "for_each: customers",
        "for_each: customers, where: {aggregate: count, of: lines, within: 1d}",
        "tasks.buy: where: cannot read this expression:\n  COUNT(lines, -1d, 0)\n  ^\n"
        "a condition is yes or no: use EXISTS, or compare, as in COUNT(…) > 3",
    ),
    ("7d}}", "7d}, kind: count}", "tasks.buy: a label that is yes or no is binary, not count"),
    (
        "7d}}",
        "7d}, kind: binary, metric: mae}",
        "tasks.buy: binary is judged by one of auc, average_precision, log_loss, not mae",
    ),
    ("7d}}", "7d}, metric: auk}", "tasks.buy.metric: this must be 'auc'"),
    # row tasks
    (
        "  buy:",
        "  v: {rows: linse, label: x}\n  buy:",
        "tasks.v.rows: no table 'linse'. Did you mean",
    ),
    (
        "  buy:",
        "  v: {rows: customers, label: x}\n  buy:",
        "tasks.v.rows: 'customers' has no rows of its own. There are: lines, mails.",
    ),
    (
        "  buy:",
        "  v: {rows: mails, label: x}\n  buy:",
        "tasks.v: 'mails' has no time, so nothing can come after its rows. Give the table a time, "
        "or use split: {by: id} and a label column without within",
    ),
    (
        "  buy:",
        "  v: {rows: lines, label: {aggregate: count, of: lines, within: 1d}}\n  buy:",
        "tasks.v: label: cannot read this expression:\n  COUNT(lines, 0, 1d)\n  ^\n"
        "an aggregate asked of a row needs SAME: the columns in which an event equals the row",
    ),
    (
        "  buy:",
        "  v: {rows: lines, within: 1d, label: {aggregate: count, of: lines, within: 1d, "
        "same: [a]}}\n  buy:",
        "tasks.v: within is for a label column; an aggregate has its own window",
    ),
    (
        "  buy:",
        "  v: {rows: lines, label: customer}\n  buy:",
        "tasks.v.label: 'customer' is the row's own key, time, link or scene",
    ),
    (
        "  buy:",
        "  Buy: {rows: lines, label: x}\n  buy:",
        "tasks 'Buy' and 'buy' differ only in case.",
    ),
    ("  buy:", "  v: {label: x}\n  buy:", "tasks.v.for_each: this is missing."),
    # given
    (
        "for_each: customers",
        "for_each: customers, given: by",
        "tasks.buy.given: no task 'by'. Did you mean 'buy'? There are: buy.",
    ),
    (
        "for_each: customers",
        "for_each: customers, given: buy",
        "tasks.buy.given: 'buy' leads back to 'buy'. Leave one given out",
    ),
    (
        "  buy: {for_each: customers",
        "  a: {for_each: customers, given: buy, label: {aggregate: exists, of: lines, within: 1d}}\n"
        "  buy: {for_each: customers, given: a",
        "tasks.a.given: 'buy' leads back to 'a'. Leave one given out",
    ),
    (
        "  buy: {for_each: customers",
        "  a: {rows: lines, label: x}\n  buy: {for_each: customers, given: a",
        "tasks.buy.given: 'a' is about 'rows of lines', and 'buy' about 'customers'.",
    ),
    # split
    (
        "2020-02-01",
        "2019-02-01",
        "split: valid (2020-01-01 00:00:00) must lie before test (2019-02-01 00:00:00)",
    ),
    (
        "2020-02-01",
        "soon",
        "split.test: 'soon' is not a time. Write one like 2011-09-10 or 2011-09-10T12:00:00.",
    ),
    (
        "test: 2020-02-01",
        "test: 2020-02-01, stride: 1y",
        "split.stride: '1y' is not a length of time.",
    ),
    (SPLIT, "split: soon", "split: this must be a mapping, {NAME: VALUE}"),
    (
        SPLIT,
        "split: {by: id}",
        "tasks.buy: asking for each entity at cutoffs needs a split by time",
    ),
    (
        SPLIT,
        "split: {by: id, valid: 0.6, test: 0.5}",
        "split: valid and test leave nothing to train on: their sum must be below 1",
    ),
    (SPLIT, "split: {by: id, valid: 1.5}", "split.valid: this must be less than 1, not 1.5"),
    # model and training
    (SPLIT, SPLIT + "\nmodel: big", "model: this must be a mapping, {NAME: VALUE}"),
    (
        SPLIT,
        SPLIT + "\nmodel: {sharing: {kind: mmo}}",
        "model.sharing: there is no 'mmo'. Did you mean 'mmoe'?",
    ),
    (
        SPLIT,
        SPLIT + "\nmodel: {sharing: {kind: mmoe, experts: 0}}",
        "model.sharing.experts: this must be greater than 0, not 0",
    ),
    (
        SPLIT,
        SPLIT + "\nmodel: {adapters: {}}",
        "model.adapters: there is no pretrained network to adapt. Name one: train: {start_from: BUNDLE}",
    ),
    (SPLIT, SPLIT + "\ntrain: {patience: few}", "train.patience: this must be a whole number"),
    ("shop: small", "shop: my shop", "shop: 'my shop' is no name: it needs letters"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), FAULTS)
def test_a_fault_is_named(right: str, wrong: str, message: str):
    assert right in SHOP
    with pytest.raises(SpecError) as error:
        parse_spec(SHOP.replace(right, wrong, 1))
    assert message in str(error.value)


def test_a_label_over_a_window_needs_a_split_by_time():
    text = SHOP.replace(
        "{for_each: customers, label: {aggregate: exists, of: lines, within: 7d}}",
        "{rows: lines, label: {aggregate: count, of: lines, within: 1d, same: [a]}}",
    )
    parse_spec(text)
    with pytest.raises(SpecError, match=r"tasks\.buy: a label over a window needs a split by time"):
        parse_spec(text.replace(SPLIT, "split: {by: id}"))


def test_all_faults_are_named_at_once():
    text = SHOP.replace("within: 7d", "within: 7x").replace("shop: small", "shop: []")
    with pytest.raises(SpecError) as error:
        parse_spec(text)
    assert "shop: this must be one text" in error.value.problem
    assert "tasks.buy.label.within: '7x'" in error.value.problem
