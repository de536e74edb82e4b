"""A source is taken apart, and one that holds a password is refused without showing it."""

import json

import pytest
from pydantic import ValidationError

from banian.errors import SpecError, TableError
from banian.spec import SourceTableSpec, parse_source, parse_spec
from banian.spec.source import Source

SECRET = "s3cr3t"
SHOP = "shop: s\ntables: {{events: {{source: '{}'}}}}\ntasks: {{t: {{rows: events, label: y}}}}\nsplit: {{by: id}}\n"


@pytest.mark.parametrize(
    ("text", "kind", "place", "table"),
    [
        ("a.csv", "csv", "a.csv", None),
        ("in/a.tsv.gz", "csv", "in/a.tsv.gz", None),
        ("a#b.csv", "csv", "a#b.csv", None),
        ("a.ndjson.gz", "json_lines", "a.ndjson.gz", None),
        ("a.parquet", "parquet", "a.parquet", None),
        ("a.xlsx#My sheet #2", "excel", "a.xlsx", "My sheet #2"),
        ("a.db", "sqlite", "a.db", None),
        ("a.sqlite#t", "sqlite", "a.sqlite", "t"),
        ("a#1.duckdb#main.t", "duckdb", "a#1.duckdb", "main.t"),
        ("postgresql://u@h:5432/d#s.t", "postgres", "postgresql://u@h:5432/d", "s.t"),
        (
            "postgres://h1:1,h2/d?sslmode=require#t",
            "postgres",
            "postgres://h1:1,h2/d?sslmode=require",
            "t",
        ),
        ("postgresql://[::1]:5432/d#t", "postgres", "postgresql://[::1]:5432/d", "t"),
        ("postgresql:///?service=shop#t", "postgres", "postgresql:///?service=shop", "t"),
    ],
)
def test_a_source_is_taken_apart(text: str, kind: str, place: str, table: str | None):
    assert parse_source(text) == Source(kind, place, table)


PASSWORDS = [
    f"postgresql://ann:{SECRET}@h/d#t",
    f"postgres://ann:{SECRET}@h:5432/d#t",
    f"postgresql://:{SECRET}@h/d#t",
    f"postgresql://ann:%40{SECRET}%2F@h/d#t",
    f"postgresql://ann:1/{SECRET}@h/d#t",
    f"postgresql://ann:1?{SECRET}@h/d#t",
    f"postgresql://ann:1#{SECRET}@h/d#t",
    f"postgresql://ann:a@{SECRET}@h/d#t",
    f"postgresql://ann:a {SECRET}@h/d#t",
    f"postgresql://h/d?password={SECRET}#t",
    f"postgresql://h/d?PassWord={SECRET}#t",
    f"postgresql://h/d?sslmode=require&pass%77ord={SECRET}#t",
    f"postgresql://h/d?sslpassword={SECRET}#t",
    f"postgresql://h/d?options=-c%20password%3D{SECRET}#t",
    f"postgresql://h/d?token={SECRET}#t",
    f"postgresql://h/d?options=-c%2520api_key%253D{SECRET}#t",
    f"postgresql://ann:{SECRET}@h/d",
]


@pytest.mark.parametrize("text", PASSWORDS)
def test_a_password_is_refused_and_not_shown(text: str):
    with pytest.raises(SpecError) as error:
        parse_spec(SHOP.format(text))
    assert "the URL holds a password" in error.value.problem
    assert "PGPASSWORD" in error.value.problem
    assert SECRET not in str(error.value) + repr(error.value)
    with pytest.raises(ValidationError) as raw:
        SourceTableSpec(source=text)
    assert SECRET not in str(raw.value) + repr(raw.value)


@pytest.mark.parametrize(
    "text",
    [
        SHOP.format(f"mysql://ann:{SECRET}@h/d"),
        SHOP.format(f"https://ann:{SECRET}@h/a.csv"),
        SHOP.format(f"https://{SECRET}@h/a.csv"),
        SHOP.format(f"s3://KEY:{SECRET}/x@bucket/a.parquet"),
        SHOP.format(f"https://h/a.csv?X-Amz-Signature={SECRET}"),
        SHOP.format(f"a.txt?password={SECRET}"),
        SHOP.format(f"POSTGRESQL://ann:x {SECRET}@h/d#t"),
        SHOP.replace("{{source: '{}'}}", f"'postgresql://ann:{SECRET}@h/d#t'")
        .replace("{{", "{")
        .replace("}}", "}"),
        SHOP.format("a.csv").replace("tables", "postgresql://ann:" + SECRET + "@h/d"),
        f"shop: [postgresql://ann:{SECRET}@h/d\ntables: a",
        f'shop: "postgresql://ann:{SECRET}@h/d#t',
        f"shop: s\nurl: 'x' postgresql://ann:{'long' * 20}{SECRET}@h/d#t",
    ],
)
def test_no_other_fault_shows_a_password_either(text: str):
    with pytest.raises(SpecError) as error:
        parse_spec(text)
    assert SECRET not in str(error.value) + repr(error.value)


def test_no_setting_shows_a_password():
    setting = f"tables.events.source=[postgresql://ann:{SECRET}@h/d#t"
    with pytest.raises(SpecError) as error:
        parse_spec(SHOP.format("a.csv"), overrides=(setting,))
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    "said",
    [
        f"postgresql://ann:{SECRET}@h/d refused",
        f"postgresql://ann:a/{SECRET}@h/d refused",
        f"'postgresql://ann:{SECRET}@h/d', refused",
        f"host=h password={SECRET} user=ann",
        f"host=h password = '{SECRET} x' user=ann",
        f"//h/d?sslpassword={SECRET}&x=1",
    ],
)
def test_an_error_conceals_whatever_looks_like_a_password(said: str):
    error = TableError(said, remedy=said)
    assert SECRET not in json.dumps([str(error), repr(error), error.problem, error.remedy])
    assert "***" in error.problem


def test_a_port_is_a_number():
    with pytest.raises(SpecError, match="the port of the URL is no number"):
        parse_spec(SHOP.format(f"postgresql://h:{SECRET}/d#t"))


def test_a_server_needs_a_table():
    with pytest.raises(
        SpecError, match=r"'postgresql://h/d' names no table. Add one: .*/d#SCHEMA.TABLE"
    ):
        parse_spec(SHOP.format("postgresql://h/d"))


def test_an_unknown_kind_of_source_is_refused_with_what_there_is():
    with pytest.raises(SpecError) as error:
        parse_spec(SHOP.format("events.ods"))
    assert "tables.events.source: cannot read 'events.ods'. Use one of .csv, .csv.gz" in str(
        error.value
    )
