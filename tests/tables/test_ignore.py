"""What is ignored never comes in: not into the table, not into quarantine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgres import Server
from writers import FORMS, write

from banian.errors import SpecError
from banian.spec import parse_spec

Read = Callable[..., Any]
SECRET = "ann@example.com"


@pytest.mark.parametrize("form", FORMS)
def test_an_ignored_column_is_nowhere(read: Read, tmp_path: Path, form: str):
    columns = {"mail": [SECRET] * 3, "k": [1, 2, 2], "y": [1, 0, 1]}
    found = read(None, "key: k, ignore: [mail]", name=write(tmp_path, form, columns))
    assert found.table.types.keys() == {"k", "y"}
    assert [row for _, row in found.quarantine()] in (
        ['{"k":2,"y":1}'],
        ['{"k":"2","y":"1"}'],
    )
    engine = found.database.engine.backend
    names = [
        name
        for (name,) in engine.raw_sql(
            "SELECT table_name FROM duckdb_tables() WHERE NOT temporary"
        ).fetchall()
    ]
    held = [
        engine.table(name).to_pyarrow().to_pylist()
        for name in names
        if "rejects" not in name and name != "events"
    ]
    assert SECRET not in str(held)


def test_a_line_that_is_no_row_is_not_shown_where_columns_are_ignored(read: Read):
    text = f"mail,y\n{SECRET},1\n{SECRET},1,2\n"
    assert SECRET in str(read(text).quarantine())
    found = read(text, "ignore: [mail]")
    (reason, row) = found.quarantine()[0]
    assert row == '{"number":3,"line":null}'
    assert SECRET not in reason


def test_an_unknown_name_is_refused_with_its_nearest(read: Read):
    with pytest.raises(SpecError) as error:
        read("mail,y\na,1\n", "ignore: [mial]")
    assert error.value.problem == "tables.events.ignore: events.csv has no column 'mial'."
    assert error.value.remedy == "Did you mean 'mail'? There are: mail, y."


def test_new_data_may_come_without_what_is_ignored(read: Read):
    known = dict(read("mail,y\na,1\n", "ignore: [mail]").table.types)
    assert read("y\n1\n", "ignore: [mail]", types=known).column("y") == [1]


@pytest.mark.parametrize(
    ("declared", "role"),
    [
        ("key: mail", "key"),
        ("time: mail", "time"),
        ("scene: mail", "scene"),
        ("links: {mail: people}", "links"),
        ("time: t, known_at: {y: mail}", "known_at"),
        ("derive: {z: y + mail}", "derive.z"),
        ("where: mail IS NOT NULL", "where"),
    ],
)
def test_what_is_ignored_cannot_be_used(declared: str, role: str):
    with pytest.raises(SpecError) as error:
        parse_spec(
            f"shop: s\ntables: {{events: {{source: a.csv, ignore: [mail], {declared}}}}}\n"
            "tasks: {t: {rows: events, label: y}}\nsplit: {by: id}\n"
        )
    assert f"tables.events: 'mail' is ignored, and {role} reads it." in error.value.problem


def test_a_label_cannot_be_ignored():
    with pytest.raises(
        SpecError, match=r"tasks.t.label: events ignores 'y'. Leave it out of ignore"
    ):
        parse_spec(
            "shop: s\ntables: {events: {source: a.csv, ignore: [y]}}\n"
            "tasks: {t: {rows: events, label: y}}\nsplit: {by: id}\n"
        )


def test_an_ignored_column_of_a_server_is_not_asked_for(read: Read, postgres: Server):
    import adbc_driver_postgresql.dbapi as adbc

    with adbc.connect(postgres.url("x").partition("#")[0]) as server, server.cursor() as cursor:
        cursor.execute("CREATE TABLE people AS SELECT 'a' AS mail, 1 AS y")
        server.commit()
    assert read(None, "ignore: [mail]", name=postgres.url("people")).table.types.keys() == {"y"}
