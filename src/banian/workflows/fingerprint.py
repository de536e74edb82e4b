"""Checksums of what a run was made from: spec, data and code."""

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from banian.errors import TableError
from banian.spec import NoSequencesSpec, ShopSpec
from banian.storage import sum_of
from banian.tables import Data, sum_sources

PACKAGES = ("banian", "duckdb", "ibis-framework", "lightgbm", "numpy", "pyarrow", "torch")
"""Those whose version may change a number."""


def combine(*sums: str) -> str:
    """Make one checksum of several."""
    return _sum(sums)


def sum_spec(spec: ShopSpec) -> str:
    """Give a checksum of the whole spec."""
    return _sum(spec.model_dump(mode="json", by_alias=True))


def sum_questions(spec: ShopSpec) -> str:
    """Give a checksum of what examples depend on: tables, tasks, split, and whether the model reads sequences.

    Trust, metrics and towers are left out.
    """
    untold = {
        "tables": {name: {"trust"} for name in spec.tables},
        "tasks": {name: {"metric", "tower"} for name in spec.tasks},
    }
    tree = spec.model_dump(mode="json", by_alias=True, exclude=untold)
    has_sequences = not isinstance(spec.model.sequences, NoSequencesSpec)
    return _sum([tree["tables"], tree["tasks"], tree["split"], has_sequences])


OF_BATCHES = ("fields", "ids", "text", "sequences", "calendar")
"""What of a model the fitted features depend on."""


def sum_fields(spec: ShopSpec) -> str:
    """Give a checksum of what batches depend on beside the examples: hashing, ids, texts, sequences and calendar."""
    return _sum(spec.model.model_dump(mode="json", include={*OF_BATCHES}))


def sum_data(spec: ShopSpec, data: Data) -> str:
    """Give a checksum of all sources: the bytes of a file, what a server says of a table, the rows of a frame."""
    return combine_sources(sum_sources(spec, data))


def combine_sources(sums: Mapping[str, str]) -> str:
    """Make one checksum of those of all sources, by table."""
    return _sum(dict(sums))


def refuse_changes(spec: ShopSpec, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Compare the checksums of the sources from before and after they were read; both by table.

    Raises:
        TableError: one was written to meanwhile, so that nobody knows which of its rows were read.

    """
    tables = (table for table in before if after.get(table) != before[table])
    changed = sorted({spec.source(table).origin for table in tables})
    if changed:
        raise TableError(
            f"{', '.join(changed)} changed while it was read.",
            remedy="Run it again when nothing writes there any more, or on a copy.",
        )


@cache
def sum_code() -> str:
    """Give a checksum of Banian's own source and the versions of the packages that it computes with."""
    root = Path(__file__).parents[1]
    files = {str(path.relative_to(root)): sum_of(path) for path in sorted(root.rglob("*.py"))}
    return _sum([files, platform.python_version(), [version(name) for name in PACKAGES]])


def _sum(tree: Any) -> str:  # noqa: ANN401
    return hashlib.sha256(json.dumps(tree).encode()).hexdigest()[:16]
