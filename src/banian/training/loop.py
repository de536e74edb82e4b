"""What one phase of steps shares, and how it is frozen and thawed between two steps."""

from collections.abc import Mapping
from typing import Any, final

import torch
from torch import Tensor

from banian.batches import Batch
from banian.models import Model
from banian.spec import TrainSpec
from banian.training.optimizer import Optimizers
from banian.training.recorder import Phase, Scored
from banian.training.sampler import MicroBatches
from banian.training.score import Score
from banian.training.state import TrainingState
from banian.training.step import step


@final
class Loop:
    """Makes steps and counts them."""

    def __init__(
        self,
        phase: Phase,
        model: Model,
        training: Mapping[str, Batch],
        spec: TrainSpec,
        planned: int,
        batches: MicroBatches,
    ) -> None:
        self.phase = phase
        self.done = 0
        self._model = model.train()
        self._batches = batches
        self._spec, self._planned = spec, planned
        self._optimizers = Optimizers(model, spec, planned)
        counts = {
            task: int(batch.mask[:, at].sum()) / batches.steps_per_epoch
            for batch in training.values()
            for at, task in enumerate(batch.tasks)
        }
        self._labels = {task: count for task, count in counts.items() if count}
        self._losses = {task: torch.zeros((), device=_device(model)) for task in self._labels}
        self._told = 0

    def step(self) -> None:
        """Make the next step."""
        losses = step(self._model, self._optimizers, self._batches.draw(), self._labels)
        for task, loss in losses.items():
            self._losses[task] += loss
        self.done += 1

    def tell(self, found: Score | None) -> Scored:
        """Say how training stands, and begin to sum the losses anew."""
        steps = max(1, self.done - self._told)
        losses = {task: float(loss) / steps for task, loss in self._losses.items()}
        for loss in self._losses.values():
            loss.zero_()
        self._told = self.done
        return Scored(
            phase=self.phase,
            step=self.done,
            epoch=self.done / self._batches.steps_per_epoch,
            train_loss=losses,
            valid_loss={} if found is None else found.losses,
            metrics={} if found is None else found.metrics,
            weights=dict.fromkeys(losses, 1 / len(losses)),
        )

    def freeze(self, **facts: Any) -> TrainingState:  # noqa: ANN401
        """Copy what it takes to go on from here; `facts` come along."""
        begun, at = self._batches.position
        tensors = {f"model/{name}": value for name, value in self._model.state_dict().items()}
        tensors |= {f"optimizer/{name}": v for name, v in self._optimizers.freeze().items()}
        tensors |= {f"loss/{task}": loss for task, loss in self._losses.items()}
        tensors |= {"random/data": begun, "random/cpu": torch.get_rng_state()}
        if _device(self._model).type == "cuda":
            tensors["random/cuda"] = torch.cuda.get_rng_state()
        copies = {name: value.detach().cpu().clone() for name, value in tensors.items()}
        facts |= {"drawn": at, "told": self._told}
        return TrainingState(self.phase, self.done, copies, facts)

    def thaw(self, state: TrainingState) -> None:
        """Go on from a frozen moment."""
        self.done, self._told = state.done, state.facts["told"]
        self._model.load_state_dict(_under("model/", state.tensors))
        self._optimizers = Optimizers(self._model, self._spec, self._planned, done=state.done)
        self._optimizers.thaw(_under("optimizer/", state.tensors))
        for task, loss in _under("loss/", state.tensors).items():
            self._losses[task].copy_(loss)
        self._batches.seek(state.tensors["random/data"], state.facts["drawn"])
        torch.set_rng_state(state.tensors["random/cpu"])
        if "random/cuda" in state.tensors:
            torch.cuda.set_rng_state(state.tensors["random/cuda"])


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _device(model: Model) -> torch.device:
    return next(model.parameters()).device
