"""The same tables, questions and stores on Spark, on this machine: what comes out equals DuckDB's, row for row."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import settings
from typer.testing import CliRunner

from banian.bundle import load_bundle
from banian.cli.main import app
from banian.examples import Examples
from banian.examples.build import build_examples, training_cutoffs
from banian.features import StoredAsks, StoredEvents, describe_entities
from banian.spec.sequences import AttentionSpec
from banian.tables import Database, build_engine, read_database
from banian.workflows.load_spec import load_spec
from banian.workflows.store import store

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "examples")]

from keeping import assert_same  # noqa: E402
from two_engines import write_shop  # noqa: E402

pytestmark = pytest.mark.filterwarnings(
    "ignore:fetch_arrow_table:DeprecationWarning",  # Ibis 12 still calls what DuckDB 2 renamed
    "ignore:unclosed:ResourceWarning",  # the JVM's sockets live as long as this process
)
SETTINGS = """\
spark.default.parallelism 2
spark.driver.bindAddress 127.0.0.1
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.driver.host 127.0.0.1
spark.sql.adaptive.enabled false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.codegen.wholeStage false
spark.sql.shuffle.partitions 2
spark.ui.enabled false
"""
"""Those of a user who knows that compiling well takes longer than running so little."""

IS_LONG = settings.get_current_profile_name() == "long"
INSTANTS = {
    "zulu": "2020-07-01T00:30:00",
    "offset": "2020-06-30T19:00:00",
    "mixed": "2020-07-01T01:30:00",
    "counted": "2020-07-01T00:30:00.123456",
}
"""Table → its last time, in UTC whatever the zone of the table."""


def draw(engine: str, spec: Path) -> tuple[Database, Examples]:
    database = read_database(load_spec(spec), spec.parent, engine=build_engine(engine))
    return database, build_examples(database, training_cutoffs(database))


@pytest.mark.skipif(which("java") is None, reason="no java: apt-get install default-jre-headless")
def test_tables_examples_and_appended_rows_equal_those_of_duckdb(monkeypatch, tmp_path, run):
    pytest.importorskip("pyspark", reason='no pyspark: pip install "banian[spark]"')
    (tmp_path / "spark-defaults.conf").write_text(SETTINGS)
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    spec = write_shop(tmp_path, whole=IS_LONG)
    (database, expected), (other, found) = draw("duckdb", spec), draw("local[2]", spec)
    assert other.types == database.types
    for name, table in database.tables.items():
        assert other.tables[name].report == table.report, name
    last = {name: table.report.last for name, table in database.tables.items() if name in INSTANTS}
    assert last == {name: INSTANTS[name] for name in last}
    assert len(last) == (4 if IS_LONG else 2)
    described = expected.grains["customers"].entities["customers"].columns
    assert described["profiles.shade"].null_count < len(described)
    assert aside(other) == aside(database)
    assert len(aside(database)) > 3
    assert any("lies after until" in row for row in aside(database))
    assert any("lies far after" in fault for fault in database.tables["orders"].report.noticed)
    assert set(expected.grains) == {"customers", "products", "rows of orders"}
    for rows in expected.grains.values():
        assert (~np.isnan(rows.label)).any(axis=0).all(), "a task without labels proves nothing"
    assert_same(expected, found)
    if IS_LONG:  # half a minute, for what is equal if tables are
        assert appended("local[2]", run, tmp_path) == appended("duckdb", run, tmp_path)


def appended(engine: str, run: Any, folder: Path) -> list[Any]:
    """What a store of the corner shop says to which its newest orders, and a customer, were appended."""
    copy, old, new = (folder / f"{engine} {name}" for name in ("run", "old", "new"))
    shutil.copytree(run.out / "bundle", copy / "bundle")
    for part in (old, new):
        part.mkdir()
    for table, many in (("orders", 40), ("customers", 3)):
        header, *lines = (run.spec.parent / f"{table}.csv").read_text().splitlines()
        for part, rows in ((old, lines[:-many]), (new, [lines[0], *lines[-many:]])):
            (part / f"{table}.csv").write_text("\n".join([header, *rows]) + "\n")
    store(copy, old)
    told = store(copy, new, append=True, engine=engine)
    bundle = load_bundle(copy)
    model = bundle.spec.model.model_copy(update={"sequences": AttentionSpec()})
    spec = bundle.spec.model_copy(update={"model": model})
    stored = StoredEvents(spec, bundle.types, copy / "store")
    keys = pa.array([line.partition(",")[0].strip('"') for line in lines])
    asks = StoredAsks(keys, np.full(len(keys), 2**60), {})
    found = describe_entities(stored, "customers", asks)["customers"].to_arrow()
    assert found.present.all()
    sequences = {path: lists.to_pylist() for path, lists in found.sequences.items()}
    return [told.events, told.added, told.warnings, found.columns.to_pylist(), sequences]


def aside(database: Database) -> list[str]:
    return sorted(map(str, database.quarantine.to_pyarrow().to_pylist()))


@pytest.mark.parametrize("command", ["check", "fit", "predict"])
def test_an_engine_that_does_not_exist_is_told_of_those_that_do(command, run):
    place = {
        "check": [run.spec],
        "fit": [run.spec],
        "predict": [run.out, "--data", run.spec.parent],
    }
    options = {
        "fit": ["--out", run.out.with_name("other")],
        "predict": ["--output", run.out / "none.parquet"],
    }
    asked = [command, *place[command], *options.get(command, []), "--engine", "sparc"]
    said = CliRunner().invoke(app, list(map(str, asked)))
    assert said.exit_code == 1
    assert "There is no engine 'sparc'" in said.output
    assert "spark://HOST:7077" in said.output


def test_without_java_the_package_to_install_is_said(tmp_path):
    pytest.importorskip("pyspark", reason='no pyspark: pip install "banian[spark]"')
    command = [Path(sys.executable).with_name("banian"), "check", write_shop(tmp_path, whole=False)]
    there = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    there["PATH"] = str(tmp_path)
    command += ["--engine", "spark"]
    said = subprocess.run(command, env=there, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "apt-get install default-jre-headless" in said.stderr
