"""No command repeats a secret, on whatever way it came in."""

import json

import pytest
from typer.testing import CliRunner

from banian.cli.fit import shown_parts
from banian.cli.main import app
from banian.spec import parse_spec
from banian.training.recorders import RunLog

SECRET = "hunter22"
SHOP = """
shop: small
tables: {lines: {source: lines.csv, key: id, time: at, links: {who: customers}}, customers: {from: lines, key: who}}
tasks:
  a: >-
    PREDICT SQL('SELECT who AS key, 1 AS value FROM lines WHERE note = ''password=hunter22''', 0, 7d)
    FOR EACH customers
split: {valid: 2020-01-01, test: 2020-02-01}
"""
WAYS = [
    ["check", f"s3://KEY:{SECRET}@b/shop.yaml"],
    ["check", "shop.yaml", f"https://u:{SECRET}@h/"],
    ["check", "shop.yaml", "--data", f"https://u:{SECRET}@h/"],
    ["predict", f"https://u:{SECRET}@h/run", "--data", ".", "--output", "a.parquet"],
    ["predict", "run", "--data", ".", "--output", "a.parquet", "--at", f"password={SECRET}"],
    ["report", f"https://{SECRET}@h/run"],
    ["fit", "shop.yaml", "--engine", f"https://u:{SECRET}@h/"],
    ["simulate", f"s3://KEY:{SECRET}@b/out", "--customers", "20", "--days", "20"],
    ["fit", "shop.yaml", "--out", f"https://u:{SECRET}@h/run"],
    ["simulate", "out", "--set", f"password={SECRET}"],
    ["fit", "shop.yaml", "--seed", f"token={SECRET}"],
    *(
        ["check", "shop.yaml", "--set", setting]
        for setting in (
            f"tables.lines.source=postgresql://h/d?options=-c%20password%3D{SECRET}#t",
            f"tables.lines.source=s3://KEY:{SECRET}@b/a.csv",
            f"tables.lines.source=https://h/a.csv?api_key={SECRET}",
            f"tables.lines.source=[https://u:{SECRET}@h/",
            f"tables.lines.password={SECRET}",
            f"password={SECRET}",
            f"train.epochs=postgresql://u:{SECRET}@h/d",
            f"tasks.a=PREDICT https://u:{SECRET}@h/d FOR EACH lines",
            f"train.start_from=https://u:{SECRET}@h/bundle",
            f"tables.lines.derive.x='token={SECRET}",
            f"shop=https://u:{SECRET}@h/",
        )
    ),
]


@pytest.mark.parametrize("words", WAYS, ids=range(len(WAYS)))
def test_a_secret_that_was_typed_is_not_repeated(
    words: list[str], tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(SHOP)
    result = CliRunner().invoke(app, words)
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stderr
    assert SECRET not in result.output + result.stderr


def test_a_secret_in_a_fault_that_nobody_meant_is_not_repeated(
    tmp_path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"cannot reach https://u:{SECRET}@h/")

    monkeypatch.setattr("banian.workflows.load_spec.load_spec", fail)
    result = CliRunner().invoke(app, ["check", "shop.yaml"])
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "ValueError: cannot reach https://***@h/" in result.stderr


def test_who_keeps_runs_is_told_no_secret(tmp_path):
    parts = shown_parts(parse_spec(SHOP))
    assert SECRET not in json.dumps(parts)
    assert json.loads(parts["split"])["valid"] == "2020-01-01T00:00:00"
    log = RunLog(tmp_path / "log.jsonl")
    log.stage(f"reading postgresql://u:{SECRET}@h/d")
    log.start("select", 1, 0)
    told = (tmp_path / "log.jsonl").read_text()
    assert "reading postgresql://***@h/d" in told
