"""Credentials come from libpq's own places, and never go anywhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import adbc_driver_postgresql.dbapi as adbc
import pytest
from postgres import PASSWORD, Server

from banian.errors import TableError
from banian.spec import dump_spec, parse_spec
from banian.tables import sum_sources

Read = Callable[..., Any]


@pytest.fixture(scope="module")
def filled(server: Server) -> Server:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PGPASSWORD", PASSWORD)
        with adbc.connect(server.url("x").partition("#")[0]) as opened, opened.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE mails AS SELECT i AS y, 'a' AS banian FROM generate_series(1, 5) i"
            )
            opened.commit()
    return server


def test_the_environment_opens_the_server(
    read: Read, filled: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setenv("PGUSER", "banian")
    url = filled.url("mails").replace("banian@", "")
    assert read(None, name=url).column("y") == [1, 2, 3, 4, 5]


def test_a_password_file_opens_the_server(
    read: Read, filled: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    (tmp_path / "pgpass").write_text(f"*:{filled.port}:*:banian:{escaped}\n")
    (tmp_path / "pgpass").chmod(0o600)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    assert read(None, name=filled.url("mails")).table.report.kept == 5


def test_a_service_file_opens_the_server(
    read: Read, filled: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    service = f"[shop]\nhost=127.0.0.1\nport={filled.port}\ndbname=postgres\nuser=banian\n"
    (tmp_path / "services").write_text(f"{service}password={PASSWORD}\n")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    assert read(None, name="postgresql:///?service=shop#mails").table.report.kept == 5


@pytest.mark.parametrize("wrong", [PASSWORD + "x", "mails", "2"])
def test_a_refusal_names_the_remedy_and_no_password(
    read: Read, filled: Server, monkeypatch: pytest.MonkeyPatch, wrong: str
):
    monkeypatch.setenv("PGPASSWORD", wrong)
    with pytest.raises(TableError) as error:
        read(None, name=filled.url("mails"))
    said = str(error.value) + repr(error.value)
    assert "cannot be read" in error.value.problem
    assert "authentication failed" in error.value.problem
    assert "PGPASSWORD or ~/.pgpass" in error.value.remedy
    assert PASSWORD not in said
    assert quote(PASSWORD, safe="") not in said


def test_a_server_that_is_not_there_is_an_error(read: Read, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with pytest.raises(TableError) as error:
        read(None, name="postgresql://banian@127.0.0.1:1/shop#mails")
    assert "Connection refused" in error.value.problem
    assert PASSWORD not in str(error.value)


def test_a_driver_that_says_the_password_is_not_repeated(
    read: Read, filled: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)

    def connect(url: str) -> None:
        raise adbc.Error(f"no {PASSWORD} {quote(PASSWORD, safe='')} at {url}", status_code=1)

    monkeypatch.setattr(adbc, "connect", connect)
    with pytest.raises(TableError) as error:
        read(None, name=filled.url("mails"))
    assert "no *** ***" in error.value.problem


def test_a_table_that_is_not_there_is_named_with_its_nearest(
    read: Read, postgres: Server, filled: Server
):
    with pytest.raises(TableError) as error:
        read(None, name=postgres.url("mail"))
    assert "holds no table 'mail'" in error.value.problem
    assert "Did you mean 'mails'?" in error.value.remedy


def test_the_sum_of_a_table_follows_its_rows(postgres: Server, filled: Server, tmp_path: Path):
    spec = parse_spec(
        f"shop: s\ntables: {{mails: {{source: '{postgres.url('mails')}'}}}}\n"
        "tasks: {t: {rows: mails, label: y}}\nsplit: {by: id}\n"
    )
    before = sum_sources(spec, tmp_path)
    assert sum_sources(spec, tmp_path) == before
    with adbc.connect(postgres.url("x").partition("#")[0]) as opened, opened.cursor() as cursor:
        cursor.execute("UPDATE mails SET y = 6 WHERE y = 5")
        opened.commit()
    after = sum_sources(spec, tmp_path)
    assert before.keys() == after.keys()
    assert before != after
    assert PASSWORD not in json.dumps([after, dump_spec(spec), repr(spec), spec.model_dump_json()])
