"""A run as it lies on disk."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from banian.errors import BundleError
from banian.spec import ShopSpec
from banian.storage import read_lines, read_sums, reason_of, settled, sum_of

_COLUMNS = frozenset({"task", "cutoff", "scene", "value"})
_AGAIN = "Run banian fit again, or copy the whole run again."


@final
@dataclass(frozen=True, eq=False)
class Run:
    """What `fit` wrote, as far as people want to see it."""

    folder: Path
    """The folder that `fit` wrote."""
    spec: ShopSpec
    """The spec of its bundle."""
    card: Mapping[str, Any]
    """The card of its bundle."""
    predictions: pa.Table
    """Of the test rows; with a column `label`, null where it is not known, unless an older Banian wrote it."""
    log: tuple[Mapping[str, Any], ...]
    """Events of the training, oldest first; none where nothing was logged."""

    @property
    def data_end(self) -> datetime | None:
        """Up to when labels are known; None where no table has a time."""
        reach = [label["reach"] for label in self.card["labels"].values() if label.get("reach")]
        last = reach or [table["last"] for table in self.card["tables"].values() if table["last"]]
        return max(map(datetime.fromisoformat, last), default=None)

    @property
    def is_labelled(self) -> bool:
        """Whether the test labels were kept."""
        return "label" in self.predictions.column_names

    def judged(self, task: str) -> pa.Table:
        """Give the predictions that a task was judged on: the test rows whose label is known."""
        if not self.is_labelled:
            return self.predictions.slice(0, 0)
        return self.predictions.filter((pc.field("task") == task) & pc.field("label").is_valid())


def read_run(folder: Path) -> Run:
    """Read a run's folder.

    Raises:
        BundleError: it holds no run, or one that is incomplete, altered, or written by another Banian.

    """
    bundle = settled(folder / "bundle")
    if not (bundle / "card.json").is_file():
        raise BundleError(
            f"{folder} holds no run: there is no bundle/card.json.",
            remedy="Name the folder that banian fit wrote (--out), or run it.",
        )
    run = Run(
        folder,
        _read_spec(bundle / "spec.json"),
        _read_json(bundle / "card.json"),
        _read_predictions(folder / "test_predictions.parquet"),
        tuple(read_lines(folder / "log.jsonl")),
    )
    _check(run)
    return run


def _read_spec(path: Path) -> ShopSpec:
    try:
        return ShopSpec.model_validate(_read_json(path))
    except ValidationError:
        raise BundleError(
            f"{path} is not a spec that this Banian knows.", remedy="Install the newest Banian."
        ) from None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if read_sums(path.parent).get(path.name) != sum_of(path):
            raise BundleError(f"{path} is not the file that was saved.", remedy=_AGAIN)
        tree: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(f"Cannot read {path}: {reason_of(error)}.", remedy=_AGAIN) from None
    return tree


def _read_predictions(path: Path) -> pa.Table:
    try:
        predictions = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise BundleError(f"Cannot read {path}: {reason_of(error)}.", remedy=_AGAIN) from None
    if not set(predictions.column_names) >= _COLUMNS:
        raise BundleError(f"{path} is not the file that was saved.", remedy=_AGAIN)
    return predictions


def _check(run: Run) -> None:
    """Refuse predictions that an earlier run left in the same folder."""
    for task, score in run.card["scores"].items():
        if run.is_labelled and len(run.judged(task)) != score["rows"]:
            raise BundleError(
                f"test_predictions.parquet has {len(run.judged(task)):,} labels of task {task!r}, the card of "
                f"{run.folder} counts {score['rows']:,}: they are not of one run.",
                remedy=_AGAIN,
            )
