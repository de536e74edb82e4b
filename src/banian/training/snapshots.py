"""Weights of a network at chosen steps, averaged.

Source: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018, here over the
steps that selection found best for a task.
"""

from collections.abc import Collection, Mapping
from typing import final

from torch import Tensor

from banian.models import Model


@final
class Snapshots:
    """Sums the weights at the steps of each set; tasks with the same steps share a sum.

    Args:
        best_steps: Task → the steps whose weights are averaged for it.

    """

    def __init__(self, best_steps: Mapping[str, Collection[int]]) -> None:
        self.sets = sorted({tuple(sorted(steps)) for steps in best_steps.values()})
        """The different sets of steps."""
        self._sums: dict[int, dict[str, Tensor]] = {}

    def take(self, step: int, model: Model) -> None:
        """Add the current weights to the sets that hold it."""
        for place, steps in enumerate(self.sets):
            if step in steps:
                weights = {name: value.detach() for name, value in model.named_parameters()}
                so_far = self._sums.get(place)
                self._sums[place] = {
                    name: value.clone() if so_far is None else so_far[name] + value
                    for name, value in weights.items()
                }

    def means(self, model: Model) -> list[dict[str, Tensor]]:
        """Give the state of the model for each set: the mean of its weights, and the model's buffers."""
        buffers = dict(model.named_buffers())
        stored = model.state_dict().keys()
        states = []
        for place, steps in enumerate(self.sets):
            state = {name: value / len(steps) for name, value in self._sums[place].items()}
            state |= {name: value.clone() for name, value in buffers.items() if name in stored}
            states.append(state)
        return states

    def freeze(self) -> dict[str, Tensor]:
        """Give the sums so far."""
        return {
            f"{at}/{name}": value for at, own in self._sums.items() for name, value in own.items()
        }

    def thaw(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up what `freeze` gave."""
        for path, value in tensors.items():
            place, _, name = path.partition("/")
            self._sums.setdefault(int(place), {})[name] = value
