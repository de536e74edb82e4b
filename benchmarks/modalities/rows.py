"""A data set as one table of rows: what is read, what is asked, and which row is for what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from jaxtyping import Float64, Int8, Int64, Shaped

from banian.spec import Metric, ShopSpec
from modalities.parts import TEST, keys_for, split_of

TABLE = "rows"
KEY = "id"


@dataclass(frozen=True)
class Task:
    """One question about each row."""

    kind: Literal["binary", "multiclass", "regression", "matching"]
    metrics: tuple[Metric, ...]
    """What is compared, the one that is tuned for first."""
    judged_by: Metric
    """The metric that a spec names, which may be none of those."""


MATCHING = Task("matching", ("recall",), "recall")
"""Which other test rows are of the same group? No task of a spec: vectors of the rows answer it."""


@dataclass(frozen=True)
class Rows:
    """A table without time, with its questions; the name of a task is the column that holds its label."""

    name: str
    columns: pa.Table
    """Features and labels; labels may be null."""
    tasks: Mapping[str, Task]
    part: Int8[np.ndarray, " row"]
    group: Shaped[np.ndarray, " row"]
    """Rows of a group resemble each other: they are drawn together when differences are judged."""
    texts: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    matching: str | None = None
    """What to call the question which rows are of the same group, where it is asked."""
    key: Int64[np.ndarray, " row"] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", keys_for(self.part))

    @property
    def asked(self) -> dict[str, Task]:
        """Give all questions, those that no spec can ask included."""
        return {**self.tasks, **({self.matching: MATCHING} if self.matching else {})}

    def text(self, column: str) -> list[str]:
        """Give a column of text; nothing is an empty text."""
        return [value or "" for value in self.columns[column].to_pylist()]

    def classes(self, task: str) -> list[str]:
        """Name the classes of a task in the order of their codes."""
        found = self.columns[task].drop_null().unique().to_pylist()
        return [str(name) for name in sorted(found)]

    def labels(self, task: str) -> Float64[np.ndarray, " row"]:
        """Give codes of classes, numbers, or how many other test rows are of the group; NaN where there is no label."""
        if task == self.matching:
            is_test = self.part == TEST
            _, group = np.unique(self.group, return_inverse=True)
            others = np.bincount(group, weights=is_test)[group] - 1
            return np.where(is_test & (others > 0), others, np.nan)
        values = self.columns[task].to_pylist()
        if self.tasks[task].kind != "multiclass":
            return np.array([np.nan if value is None else float(value) for value in values])
        codes = {name: float(code) for code, name in enumerate(self.classes(task))}
        return np.array([np.nan if value is None else codes[str(value)] for value in values])

    def judged(self, task: str) -> Int64[np.ndarray, " row"]:
        """Give the places of the test rows that have a label."""
        return np.flatnonzero((self.part == TEST) & ~np.isnan(self.labels(task)))

    def declare(self, *, modalities: bool = True) -> dict[str, Any]:
        """Give the shop's spec as a mapping, with or without the keys that say what is a text and what an image."""
        # all there is to learn from: what it predicts well, it is asked to
        trusted = [*self.texts, *self.images]
        table: dict[str, Any] = {"source": f"{TABLE}.parquet", "key": KEY, "trust": trusted}
        if modalities:
            table |= {"text": list(self.texts)} if self.texts else {}
            table |= {"image": list(self.images)} if self.images else {}
        valid, test = split_of(self.part)
        asked = {
            name: f"PREDICT {TABLE}.{name} FOR EACH {TABLE} AS {task.kind} BY {task.judged_by}"
            for name, task in self.tasks.items()
        }
        return {
            "shop": self.name,
            "tables": {TABLE: table},
            "tasks": asked,
            "split": {"by": "id", "valid": valid, "test": test},
            "model": "auto",
        }

    def write(self, folder: Path) -> Path:
        """Write the table and shop.yaml into a folder, and give the path of the latter."""
        folder.mkdir(parents=True, exist_ok=True)
        table = self.columns.append_column(KEY, pa.array(self.key))
        pq.write_table(table, folder / f"{TABLE}.parquet")
        written = folder / "shop.yaml"
        declared = yaml.safe_dump(self.declare(), sort_keys=False, allow_unicode=True, width=120)
        written.write_text(declared, encoding="utf-8")
        return written

    def check_spec(self) -> ShopSpec:
        """Give the spec without texts and images, as a Banian takes it that knows neither."""
        return ShopSpec.model_validate(self.declare(modalities=False))
