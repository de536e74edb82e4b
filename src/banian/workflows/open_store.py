"""What a service needs so that events are known to whoever asks next."""

from pathlib import Path

from banian.bundle import Bundle
from banian.features.live_store import LiveStore
from banian.inference.load import STORE
from banian.storage import run_of
from banian.tables import DuckDB


def open_store(bundle: Bundle, run: Path) -> LiveStore:
    """Open the store of a run so that rows can be taken in.

    Raises:
        BundleError: there is no store, or it was built for another spec.

    """
    return LiveStore(bundle.spec, bundle.types, run_of(run) / STORE, DuckDB())
