"""Which features an encoder of their own reads: those of declared columns, in a row and beside it."""

from banian.features.columns import contents_of
from banian.features.plan import features_of_entity, features_of_row
from banian.schema import ColumnType
from banian.spec import parse_spec

SPEC = """
shop: words
tables:
  messages:
    {source: m.csv, key: id, time: at, links: {customer: customers}, %s}
  customers: {source: c.csv, key: customer, text: [note]}
tasks:
  intent: {rows: messages, label: intent}
split: {valid: 2024-02-01, test: 2024-03-01}
"""
TEXT = ColumnType("text", semantic="text")
TYPES = {
    "messages": {
        "id": ColumnType("text", is_name=True),
        "customer": ColumnType("text", is_name=True),
        "at": ColumnType("time"),
        "body": TEXT,
        "price": ColumnType("float"),
        "intent": ColumnType("text"),
    },
    "customers": {"customer": ColumnType("text", is_name=True), "note": TEXT, "about": TEXT},
}


def contents(said: str) -> tuple[dict[str, str], dict[str, str]]:
    spec = parse_spec(SPEC % said)
    own = contents_of(spec, features_of_row(spec, TYPES, "messages"))
    return own, contents_of(spec, features_of_entity(spec, TYPES, "customers", has_time=True))


def test_declared_texts_are_read_and_found_ones_are_not():
    own, customer = contents("text: [body]")
    assert own == {"body": "text"}
    assert customer == {
        "note": "text"
    }  # of events it is only counted how many different ones there are
    assert contents("ignore: []") == ({}, {"note": "text"})
    assert contents("means: {body: text}") == (own, customer)
