"""What was made before is used again, never when it is stale or damaged."""

from pathlib import Path

import pytest

import banian
from banian.cli.main import app
from banian.datasets import write_corner_shop
from banian.errors import TableError
from banian.storage import sum_of
from banian.workflows import fingerprint
from banian.workflows.cache import Cache, clear_cache, list_cache


@pytest.fixture
def get_or_make(tmp_path):
    """Get or make a number under a key; say what was announced, and whether it was made anew."""
    said = []

    def number(key: str = "a", value: str = "7") -> tuple[str, bool]:
        made = []

        def make() -> str:
            made.append(True)
            return value

        cache = Cache(tmp_path / "cache", key, said.append)
        found = cache.get_or_make(
            "numbers",
            make,
            lambda text, folder: (folder / "number").write_text(text) and None,
            lambda folder: (folder / "number").read_text(),
        )
        return found, bool(made)

    number.said = said
    return number


def test_the_second_time_nothing_is_made(get_or_make):
    assert get_or_make(value="7") == ("7", True)
    assert get_or_make(value="8") == ("7", False)
    assert get_or_make.said == ["reading numbers from the cache"]


def test_another_key_is_another_value(get_or_make):
    get_or_make("a", "7")
    assert get_or_make("b", "8") == ("8", True)
    assert get_or_make("a", "9") == ("7", False)


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove", "sums"])
def test_what_is_damaged_is_made_anew(get_or_make, tmp_path, damage):
    get_or_make(value="77")
    (file,) = (tmp_path / "cache").glob("*/number")
    match damage:
        case "truncate":
            file.write_text("7")
        case "flip":
            file.write_text("76")
        case "remove":
            file.unlink()
        case "sums":
            (file.parent / "SHA256SUMS").write_text("")
    assert get_or_make(value="8") == ("8", True)
    assert "the cached numbers are damaged and are made anew" in get_or_make.said
    assert get_or_make(value="9") == ("8", False)


def test_a_full_disk_costs_only_the_cache(get_or_make, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert get_or_make(value="7") == ("7", True)
    assert get_or_make.said == ["no cache of numbers: No space left on device"]
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_folder_half_replaced_is_read(get_or_make, tmp_path):
    get_or_make(value="7")
    (place,) = (tmp_path / "cache").iterdir()
    place.rename(place.with_name(f".{place.name}.replaced"))
    assert get_or_make(value="8") == ("7", False)


def test_the_cache_can_be_seen_and_removed(get_or_make, tmp_path, capsys):
    get_or_make("a", "7")
    get_or_make("b", "88")
    entries = list_cache(tmp_path)
    assert [(entry.kind, entry.key) for entry in entries] == [("numbers", "a"), ("numbers", "b")]
    assert all(entry.size > 64 for entry in entries)
    app(["cache", str(tmp_path)], standalone_mode=False)
    assert "2 folders" in capsys.readouterr().out
    app(["cache", str(tmp_path), "--clear", "--json"], standalone_mode=False)
    assert '"cleared": true' in capsys.readouterr().out
    assert list_cache(tmp_path) == []
    clear_cache(tmp_path)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    return write_corner_shop(tmp_path_factory.mktemp("tables"), customers=5)


@pytest.mark.parametrize("kind", ["questions", "spec"])
@pytest.mark.parametrize(
    ("change", "questions"),
    [
        ("train.epochs=3", False),
        ("model.dropout=0.5", False),
        ("split.test=2025-11-02", True),
        ("tasks.spend.label.within=31d", True),
        ("tables.orders.known_at.returned=15d", True),
    ],
)
def test_the_sum_of_a_spec_sees_every_change_and_that_of_its_questions_those_that_matter(
    shop, kind, change, questions
):
    before, after = banian.load_spec(shop), banian.load_spec(shop, overrides=(change,))
    if kind == "spec":
        assert fingerprint.sum_spec(before) != fingerprint.sum_spec(after)
    else:
        changed = fingerprint.sum_questions(before) != fingerprint.sum_questions(after)
        assert changed is questions
    assert fingerprint.sum_spec(before) == fingerprint.sum_spec(banian.load_spec(shop))


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        ("model.dropout=0.5", False),
        ("model.ids=embedded", True),
        ("model.text=none", True),
        ("model.fields.hash={customers.city: 9}", True),
    ],
)
def test_the_sum_of_the_fields_sees_what_changes_a_batch(shop, change, matters):
    before, after = banian.load_spec(shop), banian.load_spec(shop, overrides=(change,))
    assert (fingerprint.sum_fields(before) != fingerprint.sum_fields(after)) is matters
    assert fingerprint.sum_questions(before) == fingerprint.sum_questions(after)


def test_the_sum_of_the_data_sees_one_byte(shop, tmp_path):
    spec = banian.load_spec(shop)
    first = fingerprint.sum_data(spec, shop.parent)
    for name in ("orders.csv", "customers.csv"):
        (tmp_path / name).write_bytes((shop.parent / name).read_bytes())
    assert fingerprint.sum_data(spec, tmp_path) == first
    content = bytearray((tmp_path / "orders.csv").read_bytes())
    content[-3] ^= 1
    (tmp_path / "orders.csv").write_bytes(content)
    assert fingerprint.sum_data(spec, tmp_path) != first
    (tmp_path / "orders.csv").unlink()
    with pytest.raises(TableError, match=r"tables.orders: there is no file"):
        fingerprint.sum_data(spec, tmp_path)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("version", lambda name: "0" if name == "torch" else "1"),
        ("sum_of", lambda path: "0" if path.name == "loop.py" else sum_of(path)),
    ],
)
def test_the_sum_of_the_code_sees_another_version_and_a_changed_file(monkeypatch, name, other):
    before = fingerprint.sum_code()
    fingerprint.sum_code.cache_clear()
    monkeypatch.setattr(fingerprint, name, other)
    after = fingerprint.sum_code()
    fingerprint.sum_code.cache_clear()
    assert after != before


def test_trusting_a_column_makes_no_examples_anew(tmp_path):
    spec = banian.load_spec(write_corner_shop(tmp_path, customers=5))
    orders = spec.tables["orders"].model_copy(update={"trust": ("price",)})
    trusting = spec.model_copy(update={"tables": {**spec.tables, "orders": orders}})
    assert fingerprint.sum_spec(trusting) != fingerprint.sum_spec(spec)
    assert fingerprint.sum_questions(trusting) == fingerprint.sum_questions(spec)
