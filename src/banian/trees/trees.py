"""Trees that were grown for one task, and all that it takes to ask them.

Source: Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS 2017.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float64
from safetensors.numpy import load, save

from banian.examples import GrainExamples
from banian.trees.columns import TreeColumns
from banian.trees.target import Target

_MODEL, _ABOUT, _TEXTS = "trees.txt", "trees.json", "texts.safetensors"


@final
@dataclass(frozen=True)
class Trees:
    """The boosted trees of one task."""

    task: str
    booster: Any
    """A `lightgbm.Booster`, which is imported where trees are: a bundle without them serves without it."""
    columns: TreeColumns
    target: Target

    def predict(self, rows: GrainExamples) -> Float64[np.ndarray, "row output"]:
        """Predict every row, in the units of its label."""
        score = self.booster.predict(self.columns.to_matrix(rows), raw_score=True)
        level = rows.level[:, rows.tasks.index(self.task)]
        return self.target.to_values(np.asarray(score).reshape(len(rows), -1), level)

    def save(self, folder: Path) -> None:
        """Write the trees as text, and beside them what the columns and scores mean, into a new folder."""
        folder.mkdir(parents=True)
        (folder / _MODEL).write_text(self.booster.model_to_string(), encoding="utf-8")
        about = {
            "task": self.task,
            "columns": self.columns.to_dict(),
            "target": self.target.to_dict(),
        }
        (folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        if arrays := self.columns.arrays():
            (folder / _TEXTS).write_bytes(save(arrays))

    @classmethod
    def load(cls, folder: Path) -> "Trees":
        """Read what `save` wrote."""
        import lightgbm as lgb

        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        texts = folder / _TEXTS
        arrays = load(texts.read_bytes()) if about["columns"]["texts"] else {}
        return cls(
            about["task"],
            lgb.Booster(model_file=folder / _MODEL),
            TreeColumns.from_parts(about["columns"], arrays),
            Target.from_dict(about["target"]),
        )
