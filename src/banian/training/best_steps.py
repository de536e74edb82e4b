"""The few steps at which a task was best on its validation rows, task by task.

Tasks of one network are best at different times: one overfits while another still learns.
"""

import math
from collections.abc import Mapping
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

KEPT = 3
"""BestSteps per task, whose weights are averaged: a single one follows the noise of the validation rows."""


@final
class BestSteps:
    """Keeps, for each task, its `KEPT` best steps and the predictions of its validation rows at these."""

    def __init__(self) -> None:
        self._faults: dict[str, dict[int, float]] = {}
        self._values: dict[str, dict[int, Tensor]] = {}

    @property
    def steps(self) -> dict[str, tuple[int, ...]]:
        """Task → its best steps, in the order in which they were made."""
        return {task: tuple(sorted(kept)) for task, kept in self._faults.items()}

    @property
    def values(self) -> dict[str, Float[Tensor, "row output"]]:
        """Task → the mean of the predictions of its validation rows at its best steps, where these are kept."""
        return {
            task: torch.stack([said[step] for step in sorted(said)]).mean(dim=0)
            for task, said in self._values.items()
            if said
        }

    def offer(
        self,
        step: int,
        faults: Mapping[str, float],
        values: Mapping[str, Float[Tensor, "row output"]],
    ) -> bool:
        """Keep a step where it is among the best of a task, and say whether it is the best of any task.

        Args:
            step: The number of the step.
            faults: Task → its fault on validation rows. Lower is better; NaN ranks last.
            values: Task → the predictions of its validation rows.

        """
        is_best = False
        for task, fault in faults.items():
            kept = self._faults.setdefault(task, {})
            said = self._values.setdefault(task, {})
            number = math.inf if math.isnan(fault) else fault
            is_best |= number < min(kept.values(), default=math.inf)
            if len(kept) < KEPT or number < max(kept.values()):
                kept[step] = number
                if task in values:
                    said[step] = values[task]
            if len(kept) > KEPT:
                worst = max(kept, key=lambda at: (kept[at], at))
                del kept[worst]
                said.pop(worst, None)
        return is_best

    def freeze(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Give what `thaw` needs, as tensors and plain values."""
        tensors = {
            f"{step}/{task}": value
            for task, said in self._values.items()
            for step, value in said.items()
        }
        faults = {
            task: {str(step): f if math.isfinite(f) else None for step, f in kept.items()}
            for task, kept in self._faults.items()
        }
        return tensors, faults

    @classmethod
    def thaw(cls, tensors: Mapping[str, Tensor], faults: Mapping[str, Any]) -> "BestSteps":
        """Take up what `freeze` gave."""
        best = cls()
        for task, kept in faults.items():
            best._faults[task] = {
                int(step): math.inf if fault is None else fault for step, fault in kept.items()
            }
            best._values[task] = {
                int(step): tensors[f"{step}/{task}"] for step in kept if f"{step}/{task}" in tensors
            }
        return best
