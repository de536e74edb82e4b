"""store: a bundle and raw tables → the store that answers about one entity at one instant."""

import warnings
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any, final

from banian.bundle import load_bundle
from banian.features import read_store_size
from banian.features.build_store import build_store
from banian.tables import GivenData
from banian.workflows.new_data import read_new_data
from banian.workflows.progress import Announce, silence
from banian.workflows.write import write_table

STORE = "store"
"""Folder of a run in which its store lies."""
QUARANTINE = "store.quarantine.parquet"
"""File of a run with the rows that its store could not use."""


@final
@dataclass(frozen=True)
class StoreReport:
    """What a store holds.

    Args:
        folder: where it lies.
        events: how many rows it has of events; one event has a row for each entity that sees it.
        size: of all of its files, in bytes.
        aside: how many rows of the tables were set aside.
        quarantine: the file that has them, with the reason; none where there are none.
        warnings: how the data differ from those of training.

    """

    folder: Path
    events: int
    size: int
    aside: int
    quarantine: Path | None
    warnings: tuple[str, ...]

    @property
    def size_per_event(self) -> float:
        """Bytes for each row of events; 0 where there are none."""
        return self.size / self.events if self.events else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        places = {
            "folder": str(self.folder),
            "quarantine": self.quarantine and str(self.quarantine),
        }
        return asdict(self) | places | {"size_per_event": self.size_per_event}


def store(
    run: str | PathLike[str],
    data: GivenData = ".",
    *,
    engine: str = "duckdb",
    force: bool = False,
    announce: Announce = silence,
    warn: Announce = lambda text: warnings.warn(text, stacklevel=3),
) -> StoreReport:
    """Build the store of a run from tables, which may have grown since it was fitted; an earlier store is replaced.

    `data` is the folder of the files, or maps tables to DataFrames or paths. `engine` is duckdb, spark (on this
    machine) or the master URL of a Spark cluster. Columns that answers are made from are compared with training, and
    what differs is told to `warn`.

    Raises:
        BundleError: there is no bundle in the run.
        TableError: a column that answers are made from is gone or cannot be read, unless `force` says to go on.

    """
    bundle = load_bundle(run)
    database, found = read_new_data(
        bundle, bundle.spec.tasks, data, engine=engine, force=force, announce=announce, warn=warn
    )
    told = (*map(str, found.lost), *found.warnings)
    for text in told:
        warn(text)
    folder = Path(run) / STORE
    build_store(database, folder, lambda entity: announce(f"storing what is known of {entity}"))
    events, size = read_store_size(folder)
    aside = database.quarantine.to_pyarrow()
    quarantine = Path(run) / QUARANTINE
    if len(aside) or quarantine.exists():
        write_table(aside, quarantine)
    kept = quarantine if len(aside) else None
    return StoreReport(folder, events, size, len(aside), kept, told)
