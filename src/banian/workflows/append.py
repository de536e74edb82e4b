"""Appending to the store of a run, and to what could not be used."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from banian.features import read_index
from banian.features.append_store import append_store
from banian.features.appended import Appended
from banian.inference.load import STORE
from banian.tables import Database
from banian.workflows.progress import Announce, silence
from banian.workflows.write import explained, write_table

QUARANTINE = "store.quarantine.parquet"
"""File of a run with the rows that its store could not use."""


def append_database(
    database: Database, run: Path, announce: Announce = silence, applied: int | None = None
) -> Appended:
    """Append rows that were read beside the stored ones, within `hold_run`.

    `applied` is the number of the newest event in the log that the store holds afterwards, where they came from there.

    Raises:
        TableError: the disk is full or the folder cannot be written.

    """
    aside = database.quarantine.to_pyarrow()
    with explained(run / STORE):
        before = read_index(run / STORE).aside
        if len(aside):  # rows behind those that the store counts are of a writer that was stopped
            file = run / QUARANTINE
            there = [pq.read_table(file).slice(0, before)] if before and file.exists() else []
            write_table(pa.concat_tables([*there, aside]), file)
        return append_store(database, run / STORE, announce, aside=len(aside), applied=applied)
