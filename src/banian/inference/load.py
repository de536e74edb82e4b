"""Load a fitted model from its run, to answer asks."""

from os import PathLike
from pathlib import Path

from banian.bundle import ONE_SET, load_bundle
from banian.export import load_graphs
from banian.features import StoredEvents
from banian.inference.pii import expect_same_key
from banian.inference.predictor import Predictor
from banian.storage import run_of

STORE = "store"
"""Folder of a run in which its store lies."""


def load(run: str | PathLike[str], *, graphs: bool = False) -> Predictor:
    """Load a fitted model from its run, with the store that lies there as it is now.

    What is appended to the store later is not seen by a model that is loaded: load it again.

    Args:
        run: the folder that `banian fit` wrote; or the one set in it, RUN/one_set (`banian export --one-set`).
        graphs: whether the graphs that `banian export` wrote there answer, in the place of the networks.

    Raises:
        BundleError: there is no bundle; or the store, or the graphs, were made for another.
        DependencyError: graphs are to answer, and the extra `serve` is not installed.

    """
    run = run_of(run)
    bundle, folder = load_bundle(run), _store_of(run)
    expect_same_key(bundle)
    if graphs:
        bundle = load_graphs(bundle, run)
    if not folder.exists():
        return Predictor(bundle, None, run)
    return Predictor(bundle, StoredEvents(bundle.spec, bundle.types, folder), run)


def _store_of(run: Path) -> Path:
    """Say where the store of a run lies; one set has that of its run."""
    own = run / STORE
    return own if run.name != ONE_SET or own.exists() else run.absolute().parent / STORE
