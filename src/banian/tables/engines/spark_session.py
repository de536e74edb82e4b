"""Starting Spark: one JVM for a process."""

import os
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from banian.errors import DependencyError


def ignore_pandas_warnings() -> warnings.catch_warnings:
    """Ignore warnings about the version of pandas, which Spark imports and never calls here."""
    return warnings.catch_warnings(action="ignore", category=FutureWarning)


@cache
def start_session(master: str) -> SparkSession:
    """Start Spark, or join what this process has running; what the JVM says goes to a file without a name.

    Raises:
        DependencyError: there is no Java that Spark can use, or no cluster at that address.

    """
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    if shutil.which("java", path=_java_path()) is None:
        raise DependencyError(
            "Spark needs Java 17 or newer, and there is no java.",
            remedy="apt-get install default-jre-headless",
        )
    settings = {"spark.master": master, "spark.app.name": "banian"}
    if master.startswith("local") and "SPARK_CONF_DIR" not in os.environ:
        settings |= _local_settings()
    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    log = tempfile.TemporaryFile()  # noqa: SIM115 -- the JVM writes to it as long as it lives
    try:
        with ignore_pandas_warnings():
            gateway = launch_gateway(conf, {"stdout": log, "stderr": log})
            context = SparkContext(conf=conf, gateway=gateway)
            context.setLogLevel("ERROR")
            return SparkSession(context)
    except Exception as error:  # of many kinds, each with a trace of Java
        log.seek(0)
        said = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        told = [line for line in said if " ERROR " in line] or said
        reason = str(error).strip().splitlines()[0]
        raise DependencyError(
            f"Spark does not start at {master!r}: {reason}"
            + "".join(f"\n  {line}" for line in told[:3]),
            remedy="Check the master's URL, and that `java -version` says 17 or newer.",
        ) from None


def _java_path() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home, "bin")) if home else os.environ.get("PATH", os.defpath)


def _local_settings() -> dict[str, str]:
    """Give what suits one machine; who has settings of his own names their folder in SPARK_CONF_DIR."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.maxResultSize": "0",
        "spark.driver.memory": f"{memory // 2**20}m",
        "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
