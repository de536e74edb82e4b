"""Personal data in events are texts, however they are sent: a table hashes them where it is read."""

from types import SimpleNamespace

import pytest

from banian.schema import ColumnType
from banian.schema.keyed_hash import hash_value
from banian.serving.event_rows import hash_personal, type_events
from banian.serving.refusal import Refusal
from banian.spec import parse_spec

KEY = "k" * 32
SPEC = parse_spec("""
shop: s
tables:
  calls: {source: calls.csv, time: at, pii: [phone]}
tasks: {long: PREDICT calls.long FOR EACH calls}
split: {valid: 2020-02-01, test: 2020-03-01}
""")
TYPES = {
    "calls": {n: ColumnType(k) for n, k in (("at", "time"), ("phone", "text"), ("other", "text"))}
}


def test_numbers_and_texts_are_taken_alike(monkeypatch):
    monkeypatch.setenv("BANIAN_PII_KEY", KEY)
    rows = [{"at": "2020-01-01", "phone": phone} for phone in (49123, "49123", None)]
    bundle = SimpleNamespace(spec=SPEC, types=TYPES)
    found = type_events({"calls": rows}, bundle)["calls"]
    assert found["phone"].to_pylist() == ["49123", "49123", None]
    assert hash_personal({"calls": found}, SPEC)["calls"]["phone"].to_pylist() == [
        hash_value("49123", KEY),
        hash_value("49123", KEY),
        None,
    ]
    with pytest.raises(Refusal, match="other"):
        type_events({"calls": [{"at": "2020-01-01", "other": 49123}]}, bundle)
