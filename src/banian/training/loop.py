"""What one phase of steps shares, and how it is frozen and thawed between two steps."""

from collections.abc import Mapping
from typing import Any, final

import torch
from torch import Tensor

from banian.batches import Batch
from banian.models import Model
from banian.spec import TrainSpec
from banian.training.optimizer import build_optimizer
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
        self._optimizer, self._decay = build_optimizer(model, spec, planned)
        counts = {
            task: float(count) / batches.steps_per_epoch
            for batch in training.values()
            for task, count in zip(
                batch.tasks, model.label_weight(batch).sum(0, dtype=torch.float64), strict=True
            )
        }
        self._labels = {task: count for task, count in counts.items() if count}
        self._losses = {task: torch.zeros((), device=_device(model)) for task in self._labels}
        self._told = 0

    def step(self) -> None:
        """Make the next step."""
        losses = step(self._model, self._optimizer, self._batches.draw(), self._labels)
        for task, loss in losses.items():
            self._losses[task] += loss
        self._decay.step()
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

    def freeze(self, kept: Mapping[str, Tensor], **facts: Any) -> TrainingState:  # noqa: ANN401
        """Copy what it takes to go on from here; `kept` and `facts` come along."""
        begun, at = self._batches.position
        tensors = dict(kept)
        tensors |= {f"model/{name}": value for name, value in self._model.state_dict().items()}
        for index, moments in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{index}/{name}": value for name, value in moments.items()}
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
        self._model.load_state_dict(under("model/", state.tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for path, value in under("optimizer/", state.tensors).items():
            index, _, name = path.partition("/")
            moments.setdefault(int(index), {})[name] = value
        self._optimizer, self._decay = build_optimizer(
            self._model, self._spec, self._planned, done=state.done
        )
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})
        for task, loss in under("loss/", state.tensors).items():
            self._losses[task].copy_(loss)
        self._batches.seek(state.tensors["random/data"], state.facts["drawn"])
        torch.set_rng_state(state.tensors["random/cpu"])
        if "random/cuda" in state.tensors:
            torch.cuda.set_rng_state(state.tensors["random/cuda"])


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the tensors whose names begin so, without that beginning."""
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _device(model: Model) -> torch.device:
    return next(model.parameters()).device
