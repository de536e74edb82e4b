"""The engine on which tables live: how much memory it may hold, and where the rest goes."""

import os
import tempfile
from pathlib import Path

import ibis
from ibis.backends.duckdb import Backend

_SHARE = 0.4  # of the machine's memory: arrays, and whoever else works on it, need the rest


def connect(memory: int | None = None) -> Backend:
    """Open an engine in memory that holds at most `memory` bytes and puts what is beyond them into temporary files.

    Without `memory` it takes two fifths of the machine's.
    """
    limit = memory or int(_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    spill = Path(tempfile.gettempdir()) / f"banian-{os.getpid()}"  # the engine removes it
    engine = ibis.duckdb.connect()
    engine.raw_sql(f"SET memory_limit = '{limit // 2**20}MiB'")
    engine.raw_sql("SET temp_directory = '" + str(spill).replace("'", "''") + "'")
    engine.raw_sql("SET TimeZone = 'UTC'")
    engine.raw_sql("SET enable_progress_bar = false")  # its bars go where programs read
    engine.raw_sql("SET autoinstall_known_extensions = false")  # no network at run time
    return engine
