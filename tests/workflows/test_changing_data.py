"""The sum under which examples are kept is that of what was read, and a table without rows is no obstacle."""

from pathlib import Path

import pytest

import banian
from banian.errors import BundleError, TableError
from banian.examples.build import build_examples
from banian.schema.keyed_hash import KEY
from banian.tables import read_database
from banian.workflows import prepare
from banian.workflows.cache import list_cache

SPEC = """\
shop: s
tables:
  orders: {source: orders.csv, key: id, time: at, links: {who: people}, lookup: {age: who.age}}
  people: {source: people.csv, key: who}
  returns: {source: returns.csv, time: at, links: {who: people, order: orders}}
tasks: {large: PREDICT orders.large FOR EACH orders}
split: {valid: 2024-05-01, test: 2024-07-01}
train: {epochs: 1, seeds: 1}
serve_with: joint
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    rows = [f"o{n},p{n % 9},2024-{1 + n // 20:02}-{1 + n % 20},{n % 3 % 2}" for n in range(180)]
    (tmp_path / "orders.csv").write_text("\n".join(["id,who,at,large", *rows]) + "\n")
    (tmp_path / "people.csv").write_text("who,age\n")
    (tmp_path / "returns.csv").write_text("at,who,order,reason\n")
    (tmp_path / "shop.yaml").write_text(SPEC)
    return tmp_path / "shop.yaml"


def test_data_that_change_while_they_are_read_are_refused_and_not_cached(shop, monkeypatch):
    spec, folder = banian.load_spec(shop), shop.parent
    read = prepare.read_database

    def read_and_change(*args, **kwargs):
        with (folder / "orders.csv").open("a") as file:
            file.write("late,p1,2024-09-01,1\n")
        return read(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(prepare, "read_database", read_and_change)
        with pytest.raises(TableError, match=r"orders\.csv changed while it was read"):
            banian.fit(spec, folder, folder / "run", warn=str)
    assert list_cache(folder / "run") == []


def test_empty_tables_beside_those_of_the_tasks_are_no_obstacle(shop):
    spec, folder = banian.load_spec(shop), shop.parent
    said: list[str] = []
    found = banian.check(spec, folder, warn=said.append)
    assert said == ["tables.people has no rows.", "tables.returns has no rows."]
    assert found.tasks["large"].asked == 180
    types = read_database(spec, folder).types

    def asked() -> int:
        database = read_database(spec, folder, types=types)
        return len(build_examples(database, {}, labelled=False).grains["rows of orders"])

    (folder / "people.csv").write_text("who,age\np1,30\np2,\n")
    (folder / "returns.csv").write_text("at,who,order,reason\n2024-02-01,p1,o3,late\n")
    assert asked() == 180
    (folder / "orders.csv").write_text("id,who,at,large\n")
    assert asked() == 0


def test_personal_data_under_another_key_are_not_taken_from_the_cache(shop, monkeypatch):
    text = SPEC.replace("key: who}", "key: who, pii: [who]}")
    shop.write_text(text.replace("time: at, links", "time: at, pii: [who], links"))
    spec, folder = banian.load_spec(shop), shop.parent
    for secret in ("a" * 32, "b" * 32):
        monkeypatch.setenv(KEY, secret)
        banian.fit(spec, folder, folder / "run", warn=str, overwrite=True)
    kept = [entry for entry in list_cache(folder / "run") if entry.kind == "examples"]
    assert len(kept) == 2
    monkeypatch.setenv(KEY, "c" * 32)
    with pytest.raises(BundleError, match="fitted with another BANIAN_PII_KEY"):
        banian.load(folder / "run")
    with pytest.raises(BundleError, match="fitted with another BANIAN_PII_KEY"):
        banian.predict(folder / "run", folder)
