"""Rows with what was known when they asked, and what happened next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Int

from banian.examples.reach import Reach
from banian.features import EntityFeatures


@final
@dataclass(frozen=True)
class GrainExamples:
    """The rows of one grain: a table's rows, or an entity at cutoffs."""

    grain: str
    """The table or entity that is asked about."""
    tasks: tuple[str, ...]
    """The tasks of this grain, in the order of the task axis."""
    keys: pa.Table
    """Columns that name the row for the user."""
    cluster: Int[np.ndarray, " row"]
    """Rows with one number belong together: splits keep them so, intervals resample them."""
    clusters: pa.Array
    """Per number, the key that they share, as text."""
    cutoff: np.ndarray
    """When the row asks, datetime64[us]; NaT in a static table."""
    scene: pa.Array
    """Place of use, text; null where there is none."""
    entities: Mapping[str, EntityFeatures]
    """Entity → what was known of it."""
    asked: Bool[np.ndarray, "row task"]
    """Whether the task asks about this row."""
    label: Float[np.ndarray, "row task"]
    """The truth; NaN where it is not known."""
    matured_at: np.ndarray
    """When the label became or becomes known, datetime64[us] [row, task]; NaT if never, 1970 in a static table."""
    level: Float[np.ndarray, "row task"]
    """The same windows mirrored to before the row; 0 where there is none."""
    weight: Float[np.ndarray, "row task"] | None = None
    """How much each row counts, 1 on average over the known labels of a task, 0 where the task's column says nothing;
    nothing where no task has weights."""
    classes: Mapping[str, pa.Array] = field(default_factory=dict)
    """Task → the texts that codes stand for: those of its labels, of its items, or of the arms of a trial."""
    items: Mapping[str, pa.Array] = field(default_factory=dict)
    """Task → a list of codes per row, null where unknown: of its items, whose number is the label, or of its arm."""
    seen: Mapping[str, pa.Array] = field(default_factory=dict)
    """Task → a list per row of the items that its entity turned to before: item, and span, 0 for lately and then more.
    Only tasks whose labels are lists."""

    had: Mapping[str, pa.Array] = field(default_factory=dict)
    """Task → a list per row of the items, as texts, that its entity had ever before. Only tasks that ask for what is
    new."""
    endless: Mapping[str, int] = field(default_factory=dict)
    """Task → how many of the rows that it asks about have no label because the number would be without end. Only tasks
    that have such rows."""

    @property
    def mask(self) -> Bool[np.ndarray, "row task"]:
        """Whether the label is known."""
        return np.logical_not(np.isnan(self.label))

    def __len__(self) -> int:
        return len(self.cutoff)

    def weight_of(self, task: str) -> Float[np.ndarray, " row"] | None:
        """Give how much each row counts for a task; nothing where all count alike."""
        return None if self.weight is None else self.weight[:, self.tasks.index(task)]

    def take(self, index: Int[np.ndarray, " chosen"]) -> "GrainExamples":
        """Select rows."""
        entities = {name: seen.take(index) for name, seen in self.entities.items()}
        return replace(
            self,
            keys=self.keys.take(index),
            cluster=self.cluster[index],
            cutoff=self.cutoff[index],
            scene=self.scene.take(index),
            entities=entities,
            asked=self.asked[index],
            label=self.label[index],
            matured_at=self.matured_at[index],
            level=self.level[index],
            weight=None if self.weight is None else self.weight[index],
            items={task: lists.take(pa.array(index)) for task, lists in self.items.items()},
            seen={task: lists.take(pa.array(index)) for task, lists in self.seen.items()},
            had={task: lists.take(pa.array(index)) for task, lists in self.had.items()},
        )

    def without_features(self) -> "GrainExamples":
        """Leave out what was known of entities."""
        return replace(self, entities={})

    def slice(self, start: int, most: int) -> "GrainExamples":
        """Take at most so many rows from `start` on, as they lie in memory."""
        part = slice(start, start + most)
        return replace(
            self,
            keys=self.keys.slice(start, most),
            cluster=self.cluster[part],
            cutoff=self.cutoff[part],
            scene=self.scene.slice(start, most),
            entities={name: seen.slice(start, most) for name, seen in self.entities.items()},
            asked=self.asked[part],
            label=self.label[part],
            matured_at=self.matured_at[part],
            level=self.level[part],
            weight=None if self.weight is None else self.weight[part],
            items={task: lists.slice(start, most) for task, lists in self.items.items()},
            seen={task: lists.slice(start, most) for task, lists in self.seen.items()},
            had={task: lists.slice(start, most) for task, lists in self.had.items()},
        )

    def choose(self, tasks: Collection[str]) -> "GrainExamples":
        """Keep the labels of these tasks only."""
        kept = [at for at, task in enumerate(self.tasks) if task in tasks]
        names = tuple(self.tasks[at] for at in kept)
        return replace(
            self,
            tasks=names,
            asked=self.asked[:, kept],
            label=self.label[:, kept],
            matured_at=self.matured_at[:, kept],
            level=self.level[:, kept],
            weight=None if self.weight is None else self.weight[:, kept],
            classes={task: self.classes[task] for task in names if task in self.classes},
            items={task: self.items[task] for task in names if task in self.items},
            seen={task: self.seen[task] for task in names if task in self.seen},
            had={task: self.had[task] for task in names if task in self.had},
        )


@final
@dataclass(frozen=True)
class Examples:
    """The rows of every grain."""

    grains: Mapping[str, GrainExamples]
    reach: Mapping[str, Reach] = field(default_factory=dict)
    """Task → how far its labels are known; only tasks whose labels were looked up and have a time."""

    def grain_of(self, task: str) -> GrainExamples:
        """Find the rows that a task asks about."""
        return next(rows for rows in self.grains.values() if task in rows.tasks)
