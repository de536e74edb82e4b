"""From an engine's name to the engine."""

from banian.errors import SpecError
from banian.extra import import_extra
from banian.tables.engines.base import AbstractEngine
from banian.tables.engines.duckdb import DuckDB

_MASTERS = ("spark://", "k8s://", "local[")


def build_engine(name: str) -> AbstractEngine:
    """Make the engine of a name: duckdb, spark (on this machine), or the master URL of a Spark cluster.

    Raises:
        SpecError: no engine has that name.
        DependencyError: what it needs is not installed.

    """
    if name == "duckdb":
        return DuckDB()
    if name == "spark" or name == "yarn" or name.startswith(_MASTERS):
        import_extra("spark", "pyspark")
        from banian.tables.engines.spark import Spark

        return Spark("local[*]" if name == "spark" else name)
    raise SpecError(
        f"There is no engine {name!r}.",
        remedy="Write duckdb, spark, or the master URL of a Spark cluster: spark://HOST:7077, yarn, k8s://…",
    )
