"""Personal data become keyed hashes where a table is read: the same in every engine, in asks, and in any spelling."""

from pathlib import Path

import hypothesis.strategies as st
import ibis
import pytest
from hypothesis import given

from banian.errors import SpecError
from banian.schema.keyed_hash import KEY, hash_value
from banian.spec import parse_spec
from banian.tables import read_database
from banian.tables.pii import _hash

SECRET = "0123456789abcdef" * 2
SPEC = """
shop: s
tables:
  orders: {source: orders.csv, key: id, time: at, links: {mail: people}, pii: [mail, note]}
  people: {source: people.csv, key: mail, pii: [mail]}
tasks: {t: 'PREDICT orders.back FOR EACH orders'}
split: {valid: 2020-06-10, test: 2020-06-20}
"""
ORDERS = """id,at,mail,note,back
1,2020-06-01,ann@x.example,call me,1
2,2020-06-02, bob@x.example ,,0
3,2020-06-03,,n/a,0
4,2020-06-04,12583.0,x,0
5,2020-06-05,cid@x.example,"a,b",1,too many
"""
PEOPLE = "mail,age\nann@x.example,30\nbob@x.example,40\n12583,50\n"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(KEY, SECRET)
    return SECRET


@given(texts=st.lists(st.none() | st.text(max_size=9) | st.sampled_from(["nan", " NA ", "7.00"])))
def test_tables_hash_as_asks_do(texts: list[str | None]):
    texts = [None if text is None else text.replace("\x00", "") for text in texts]
    rows = ibis.memtable({"x": [*texts, "known"]}, schema={"x": "string"})
    found = rows.mutate(y=_hash(rows.x, SECRET)).to_pyarrow()
    said = dict(zip(found["x"].to_pylist(), found["y"].to_pylist(), strict=True))
    assert said == {text: hash_value(text, SECRET) for text in [*texts, "known"]}


def test_nothing_of_a_person_is_left_in_what_was_read(tmp_path: Path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "people.csv").write_text(PEOPLE)
    database = read_database(parse_spec(SPEC), tmp_path)
    people = database.tables["people"].rows.to_pyarrow()["mail"].to_pylist()
    orders = database.tables["orders"].rows.order_by("id").to_pyarrow()
    hashes = [hash_value(who, SECRET) for who in ("ann@x.example", "bob@x.example", 12583)]
    assert sorted(people) == sorted(hashes)
    assert orders["mail"].to_pylist() == [*hashes[:2], None, hashes[2]]
    assert orders["note"].to_pylist()[1:3] == [None, None]
    aside = str(database.quarantine.to_pyarrow().to_pylist())
    assert "too" in aside or "line" in aside
    everything = str(database.tables) + aside + str(orders.to_pylist())
    for secret in ("ann@", "bob@", "cid@", "call me", SECRET):
        assert secret not in everything


def test_a_typo_or_no_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "people.csv").write_text(PEOPLE)
    with pytest.raises(SpecError, match=r"tables.orders.pii: .* has no column 'nota'"):
        read_database(parse_spec(SPEC.replace("note]", "nota]")), tmp_path)
    monkeypatch.setenv(KEY, "short")
    with pytest.raises(SpecError, match="BANIAN_PII_KEY has 5 letters"):
        read_database(parse_spec(SPEC), tmp_path)
    with pytest.raises(SpecError, match=r"orders.links.mail is pii and people.mail is not"):
        parse_spec(SPEC.replace("key: mail, pii: [mail]", "key: mail"))
    with pytest.raises(SpecError, match=r"people.mail is pii and tables.orders.links.mail is not"):
        parse_spec(SPEC.replace("pii: [mail, note]", "pii: [note]"))
    with pytest.raises(SpecError, match="'at' is pii, and time names it"):
        parse_spec(SPEC.replace("note]", "at]"))
