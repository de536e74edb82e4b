"""Predictions that come part by part, held until all are there: in memory, or on disk where they are many."""

import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, final

import pyarrow as pa

from banian.errors import RunError
from banian.predictions import Predictions, conform, join_schemas
from banian.storage import reason_of
from banian.workflows.table_form import TableParts

_MOST_BYTES = 2**25
"""Of predictions that are held in memory."""


@final
class HeldPredictions:
    """Predictions of some tasks, which may be larger than memory.

    What lies on disk lies in files without names, one of each task, that go with this object.

    Args:
        tasks: Names of the tasks, in the order in which their rows are read.
        most_bytes: From how many bytes on they lie on disk.

    """

    def __init__(self, tasks: Sequence[str], *, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._counts = dict.fromkeys(tasks, 0)
        self._schemas: dict[str, pa.Schema] = {}
        self._in_memory: dict[str, list[pa.Table]] = {task: [] for task in tasks}
        self._files: dict[str, IO[bytes]] = {}
        self._writers: dict[str, pa.RecordBatchWriter] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """Task → how many predictions there are."""
        return dict(self._counts)

    def append(self, predictions: Predictions) -> None:
        """Put predictions of a task behind those that it has.

        Raises:
            RunError: the disk is full.

        """
        task, table = predictions.task, predictions.to_arrow()
        self._schemas.setdefault(task, table.schema)
        self._counts[task] += len(table)
        self._bytes += table.nbytes
        self._in_memory[task].append(table)
        if self._bytes > self._most_bytes:
            for name, tables in self._in_memory.items():
                while tables:
                    self._write(name, tables.pop(0))

    def read(self) -> TableParts:
        """Give all predictions, task by task, once all have come."""
        schema = join_schemas([self._schemas[task] for task in self._counts])
        for writer in self._writers.values():
            writer.close()
        return TableParts(schema, lambda: (conform(part, schema) for part in self._parts()))

    def _parts(self) -> Iterator[pa.Table]:
        for task, tables in self._in_memory.items():
            if task in self._files:
                file = self._files[task]
                file.seek(0)
                for batch in pa.ipc.open_stream(file):
                    yield pa.Table.from_batches([batch])
            yield from tables

    def _write(self, task: str, table: pa.Table) -> None:
        try:
            if task not in self._files:
                file = tempfile.TemporaryFile(prefix="banian-")  # noqa: SIM115 -- as long as it is read
                weakref.finalize(self, file.close)
                self._files[task] = file
                self._writers[task] = pa.ipc.new_stream(file, table.schema)
            self._writers[task].write_table(table.combine_chunks())
        except (OSError, pa.ArrowException) as error:
            raise RunError(
                f"Cannot keep predictions in {tempfile.gettempdir()}: {reason_of(error)}.",
                remedy="Make room there, or name another folder in TMPDIR.",
            ) from None
