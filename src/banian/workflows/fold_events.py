"""From the log of a run into its store: the events that came since it was written."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from banian.bundle import Bundle, load_bundle
from banian.errors import BanianError
from banian.features import read_index
from banian.features.append_store import read_stored_tables
from banian.features.appended import NOTHING_APPENDED, Appended
from banian.features.event_log import EVENTS, EventLog
from banian.features.event_record import EventRecord, in_rounds
from banian.inference.load import STORE
from banian.storage import run_of
from banian.tables import AbstractEngine, build_engine
from banian.workflows.append import append_database
from banian.workflows.more_data import read_more_data
from banian.workflows.write import hold_run


def fold_events(run: Path, upto: int | None = None) -> Appended:
    """Append to the store of a run what its log has beyond it, up to a number; say what became of these rows.

    A record that cannot be read among the stored rows is voided, since nobody was told that it was taken.

    Raises:
        BundleError: there is no store, or it was built for another spec.
        RunError: another process is writing to the run.
        BanianError: the record of that number cannot be read.

    """
    run = run_of(run)
    with hold_run(run):
        return fold_held(load_bundle(run), run, build_engine("duckdb"), upto)


def fold_held(
    bundle: Bundle, run: Path, engine: AbstractEngine, upto: int | None = None
) -> Appended:
    """Do as `fold_events` while the run is held."""
    log, done = EventLog(run / EVENTS), NOTHING_APPENDED
    if not (run / EVENTS).exists():
        return done
    applied, records = read_index(run / STORE).applied, log.follow()
    void = {one.voids for one in records}
    last = log.number if upto is None else min(upto, log.number)
    new = [one for one in records if applied < one.number <= last and one.number not in void]
    rows = [one for one in new if one.rows]
    if rows:
        done += _fold(bundle, run, engine, log, rows, upto)
    if last > read_index(run / STORE).applied:  # nothing but void ones at the end
        done += _append(bundle, run, engine, {}, last)
    with log.writing():
        log.rotate(last)
    return done


def _fold(
    bundle: Bundle,
    run: Path,
    engine: AbstractEngine,
    log: EventLog,
    group: Sequence[EventRecord],
    asked: int | None,
) -> Appended:
    rounds, done = in_rounds(bundle.spec, group), NOTHING_APPENDED
    try:
        for rows in rounds[:-1]:
            done += _append(bundle, run, engine, rows, None)
        return done + _append(bundle, run, engine, rounds[-1], group[-1].number)
    except BanianError:
        if len(group) == 1:
            with log.writing():
                log.append([EventRecord({}, voids=group[0].number)])
            if group[0].number == asked:
                raise
            return NOTHING_APPENDED
    done = NOTHING_APPENDED
    for one in group:
        done += _fold(bundle, run, engine, log, [one], asked)
    return done


def _append(
    bundle: Bundle,
    run: Path,
    engine: AbstractEngine,
    rows: Mapping[str, pa.Table],
    number: int | None,
) -> Appended:
    stored = read_stored_tables(engine, bundle.spec, run / STORE)
    database, _ = read_more_data(
        bundle,
        stored,
        rows,
        engine=engine,
        force=True,
        is_hashed=True,
        announce=lambda _: None,
        warn=lambda _: None,
    )
    return append_database(database, run, applied=number)
