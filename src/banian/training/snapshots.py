"""Weights of a network at chosen steps, averaged.

Source: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018, here over the
steps that selection found best for a task.
"""

from collections.abc import Collection, Iterator, Mapping
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
                sums = self._sums.setdefault(place, {})
                for name, parameter in model.named_parameters():
                    value = parameter.detach()
                    if name in sums:
                        sums[name].add_(value)  # a table of many ids is not to be held once more
                    else:
                        sums[name] = value.clone()

    def means(self, model: Model) -> Iterator[dict[str, Tensor]]:
        """Give the state of the model set by set: the mean of its weights, and the model's buffers.

        Each sum becomes the mean and is given away: there is nothing left afterwards.
        """
        buffers = dict(model.named_buffers())
        stored = model.state_dict().keys()
        for place, steps in enumerate(self.sets):
            state = self._sums.pop(place)
            for value in state.values():
                value.div_(len(steps))
            yield state | {name: v.clone() for name, v in buffers.items() if name in stored}

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
