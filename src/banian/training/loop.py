"""The loop over steps of one phase, which can be frozen and thawed between two steps."""

from collections.abc import Mapping
from typing import Any, final

import torch
from torch import Tensor

from banian.balancing import MicroBatch, build_balance, measure_conflict
from banian.batches import Batch
from banian.models import Model
from banian.spec import EQUAL, BalanceSpec, TrainSpec
from banian.training.objective import Objective, shared_parameters
from banian.training.optimizer import Optimizers
from banian.training.recorder import Phase, Scored
from banian.training.running_counts import RunningCounts
from banian.training.sampler import MicroBatches
from banian.training.score import Score
from banian.training.state import TrainingState
from banian.training.step import step


@final
class Loop:
    """Makes steps and counts them.

    Args:
        phase: Selection or refit.
        model: What is trained; it is put into training mode.
        training: Grain → all training rows, which are counted before the first step.
        spec: How to train.
        planned: Steps over which the step size decays for the first time.
        batches: Draws the rows of each step.
        balance: How the losses of several tasks become one update.

    """

    def __init__(
        self,
        phase: Phase,
        model: Model,
        training: Mapping[str, Batch],
        spec: TrainSpec,
        planned: int,
        batches: MicroBatches,
        balance: BalanceSpec = EQUAL,
    ) -> None:
        self.phase = phase
        self.done = 0
        self._model = model.train()
        self._batches = batches
        self._spec, self._planned = spec, planned
        self._optimizers = Optimizers(model, spec, planned)
        self._shared = shared_parameters(model)
        steps = batches.steps_per_epoch
        counts = RunningCounts().add(
            model, training, steps=float(steps), distillation=spec.distillation
        )
        self._objective = Objective(model, spec, counts)
        grain_of = self._objective.grain_of
        self._balance = build_balance(balance, grain_of, updates_per_epoch=steps)
        self._balance.to(_device(model))
        self._micro_batches: list[MicroBatch] = []
        nothing = torch.zeros(len(grain_of), device=_device(model))
        self._sums = {name: nothing.clone() for name in ("loss", "weight", "share")}
        """What was seen since it was last told, over the labels of each task."""

    def step(self) -> None:
        """Make the next step."""
        self._micro_batches = [
            self._objective.micro_batch(grains) for grains in self._batches.draw()
        ]
        seen = step(self._balance, self._micro_batches, self._shared, self._optimizers)
        self._sums["loss"] += seen.loss
        self._sums["weight"] += seen.weight * seen.share
        self._sums["share"] += seen.share
        self.done += 1

    def tell(self, found: Score | None) -> Scored:
        """Report losses and weights since the last report, at the end of an epoch also the angles of gradients."""
        losses, weights = self._mean("loss"), self._mean("weight")
        for total in self._sums.values():
            total.zero_()
        ends = self.done % self._batches.steps_per_epoch == 0
        norms, cosines = self._measure() if ends else ({}, {})
        return Scored(
            phase=self.phase,
            step=self.done,
            epoch=self.done / self._batches.steps_per_epoch,
            train_loss=losses,
            valid_loss={} if found is None else found.losses,
            metrics={} if found is None else found.metrics,
            weights={task: weight / len(self._objective.tasks) for task, weight in weights.items()},
            gradient_norms=norms,
            cosines=cosines,
        )

    def _mean(self, name: str) -> dict[str, float]:
        """Average over the labels that were seen; tasks that were not are left out."""
        totals = (self._objective.tasks, self._sums[name].tolist(), self._sums["share"].tolist())
        return {task: total / share for task, total, share in zip(*totals, strict=True) if share}

    def _measure(self) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
        self._model.eval()  # no units are silenced, so no random draw is used up
        conflict = measure_conflict(self._micro_batches[0], self._shared)
        self._model.train()
        tasks = self._objective.tasks
        cosines: dict[str, dict[str, float]] = {}
        for (one, other), cosine in conflict.cosine.items():
            cosines.setdefault(tasks[one], {})[tasks[other]] = cosine
        return {tasks[at]: norm for at, norm in conflict.norm.items()}, cosines

    def freeze(self, kept: Mapping[str, Tensor], **facts: Any) -> TrainingState:  # noqa: ANN401
        """Copy everything that `thaw` needs into a state; `kept` and `facts` are added to it."""
        begun, at = self._batches.position
        tensors = dict(kept)
        tensors |= {f"model/{name}": value for name, value in self._model.state_dict().items()}
        tensors |= {f"optimizer/{name}": v for name, v in self._optimizers.freeze().items()}
        tensors |= {f"sum/{name}": total for name, total in self._sums.items()}
        tensors |= {f"balance/{name}": v for name, v in self._balance.state_dict().items()}
        tensors |= {"random/data": begun, "random/cpu": torch.get_rng_state()}
        if _device(self._model).type == "cuda":
            tensors["random/cuda"] = torch.cuda.get_rng_state()
        copies = {name: value.detach().cpu().clone() for name, value in tensors.items()}
        facts |= {"drawn": at}
        return TrainingState(self.phase, self.done, copies, facts)

    def thaw(self, state: TrainingState) -> None:
        """Go on from a frozen moment."""
        self.done = state.done
        self._model.load_state_dict(under("model/", state.tensors))
        self._optimizers = Optimizers(self._model, self._spec, self._planned, done=state.done)
        self._optimizers.thaw(under("optimizer/", state.tensors))
        self._balance.load_state_dict(under("balance/", state.tensors))
        for name, total in under("sum/", state.tensors).items():
            self._sums[name].copy_(total)
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
