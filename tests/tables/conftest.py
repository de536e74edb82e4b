"""The tests of this folder read one source at a time; lets them import the plain modules writers and postgres."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banian.schema import ColumnType
from banian.spec import parse_spec
from banian.tables import read_database

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from found import Found  # noqa: E402
from postgres import PASSWORD, Server, start_postgres  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ibis 12 still calls what DuckDB 2 renamed."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(
                pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
            )


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with start_postgres() as started:
        yield started


@pytest.fixture
def postgres(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that is open to whoever reads the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return server


Read = Callable[..., Found]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read one table from a text, bytes or an Arrow table, or a source; `declared` as in YAML."""

    def read_one(
        content: str | bytes | pa.Table | None,
        declared: str = "",
        *,
        name: str | None = None,
        types: dict[str, ColumnType] | None = None,
    ) -> Found:
        name = name or ("events.parquet" if isinstance(content, pa.Table) else "events.csv")
        if isinstance(content, pa.Table):
            pq.write_table(content, tmp_path / name)
        elif content is None:
            pass  # it is there already
        elif isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        else:
            (tmp_path / name).write_text(content, encoding="utf-8")
        spec = parse_spec(
            f"shop: s\ntables:\n  events: {{source: {name!r}{declared and ', '}{declared}}}\n"
            "tasks:\n  t: {rows: events, label: y}\nsplit: {by: id}\n"
        )
        known = None if types is None else {"events": types}
        return Found(read_database(spec, tmp_path, types=known))

    return read_one
