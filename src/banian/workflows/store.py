"""store: a bundle and raw tables → the store that answers about one entity at one instant; it may grow by new rows."""

import warnings
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any, final

from banian.bundle import load_bundle
from banian.examples.label_ends import tables_of_label
from banian.features import read_store_size
from banian.features.append_store import read_stored_tables
from banian.features.appended import Appended
from banian.features.build_store import build_store
from banian.features.event_log import EVENTS, EventLog
from banian.inference.load import STORE
from banian.spec import EntityTaskSpec
from banian.storage import run_of
from banian.tables import Database, GivenData, build_engine
from banian.workflows.append import QUARANTINE, append_database
from banian.workflows.fold_events import fold_held
from banian.workflows.more_data import read_more_data
from banian.workflows.new_data import read_new_data
from banian.workflows.progress import Announce, silence
from banian.workflows.write import explained, hold_run, write_table


@final
@dataclass(frozen=True)
class StoreReport:
    """What a store holds.

    Args:
        folder: where it lies.
        events: how many rows it has of events; one event has a row for each entity that sees it.
        size: of all of its files but the tables, in bytes.
        tables: of the rows of all tables, which it keeps so that others can be appended, in bytes.
        added: how many rows of the data came behind the stored ones; none where the store was built anew.
        replaced: how many took the place of a stored row, whose key they have; none where it was built anew.
        aside: how many rows of the data were set aside.
        quarantine: the file that has them, with the reason; none where there are none.
        warnings: how the data differ from those of training.

    """

    folder: Path
    events: int
    size: int
    tables: int
    added: int | None
    replaced: int | None
    aside: int
    quarantine: Path | None
    warnings: tuple[str, ...]

    @property
    def size_per_event(self) -> float:
        """Bytes for each row of events, the tables apart; 0 where there are none."""
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
    append: bool = False,
    engine: str = "duckdb",
    force: bool = False,
    announce: Announce = silence,
    warn: Announce = lambda text: warnings.warn(text, stacklevel=3),
) -> StoreReport:
    """Build the store of a run from tables, which may have grown since it was fitted; an earlier store is replaced.

    With `append` the data have new rows alone, of some tables or all, and the store answers afterwards as if it had
    been built from all rows together; a row whose key is stored takes the place of the stored row. Whoever has the
    store open goes on reading what it was.

    `data` is the folder of the files, or maps tables to DataFrames or paths. `engine` is duckdb, spark (on this
    machine) or the master URL of a Spark cluster. Columns that answers are made from are compared with training, and
    what differs is told to `warn`.

    Raises:
        BundleError: there is no bundle in the run; or, to append to, no store of it.
        RunError: another process is writing to the run.
        TableError: a column that answers are made from is gone or cannot be read, unless `force` says to go on.

    """
    run = run_of(run)
    bundle = load_bundle(run)
    with hold_run(run):
        log = EventLog(run / EVENTS)
        log.follow()
        if append:
            holder = build_engine(engine)
            fold_held(bundle, run, holder)
            stored = read_stored_tables(holder, bundle.spec, run / STORE)
            database, found = read_more_data(
                bundle, stored, data, engine=holder, force=force, announce=announce, warn=warn
            )
        else:
            database, found = read_new_data(
                bundle,
                bundle.spec.tasks,
                data,
                engine=engine,
                force=force,
                announce=announce,
                warn=warn,
            )
        for text in found.told:
            warn(text)
        count, aside = None, 0
        if append:
            count = append_database(database, run, _storing(announce))
            aside = count.aside
        else:
            aside = _build(database, run, _storing(announce), log.number)
        return _report(run, count, aside, found.told)


def _build(database: Database, run: Path, announce: Announce, applied: int) -> int:
    """Build the store, and say how many rows were set aside."""
    aside = database.quarantine.to_pyarrow()
    bounds: dict[str, tuple[tuple[str, ...], ...]] = {}
    for name, task in database.spec.tasks.items():
        if isinstance(task, EntityTaskSpec):
            tables = tables_of_label(database, task, f"tasks.{name}.label")
            bounds[task.grain] = (*bounds.get(task.grain, ()), tuple(sorted(tables)))
    with explained(run / STORE):
        build_store(
            database, run / STORE, announce, aside=len(aside), bounds=bounds, applied=applied
        )
        if len(aside) or (run / QUARANTINE).exists():
            write_table(aside, run / QUARANTINE)
    return len(aside)


def _storing(announce: Announce) -> Announce:
    return lambda entity: announce(f"storing what is known of {entity}")


def _report(run: Path, count: Appended | None, aside: int, told: tuple[str, ...]) -> StoreReport:
    size = read_store_size(run / STORE)
    quarantine = run / QUARANTINE if aside else None
    return StoreReport(
        run / STORE,
        size.events,
        size.total - size.tables,
        size.tables,
        count and count.added,
        count and count.replaced,
        aside,
        quarantine,
        told,
    )
