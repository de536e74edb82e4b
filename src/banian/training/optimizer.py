"""AdamW with a cosine decay."""

import math

from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from banian.models import Model
from banian.spec import TrainSpec

_SPARED = {"bias", "scale", "scale_in", "scale_out", "stitch"}
"""Names of what adds or scales: there a smaller number is not a simpler function."""
_WARM_UP = 0.05  # share of the steps in which the step size rises
_FLOOR = 0.05  # share of the step size that is left at the end


def build_optimizer(
    model: Model, spec: TrainSpec, steps: int, *, done: int = 0
) -> tuple[AdamW, LambdaLR]:
    """Build the optimiser and the schedule for at most so many steps; matrices decay, embeddings and biases do not.

    With steps `done`, the step size is that of the next one.
    """
    tables = {id(part.weight) for part in model.modules() if isinstance(part, nn.Embedding)}
    matrices = [
        parameter
        for name, parameter in model.named_parameters()
        # Biases of several experts stand in one tensor, which has the shape of a matrix.
        if parameter.ndim >= 2
        and id(parameter) not in tables
        and _SPARED.isdisjoint(name.split("."))
    ]
    decaying = {id(parameter) for parameter in matrices}
    others = [p for p in model.parameters() if id(p) not in decaying]
    size = spec.learning_rate
    groups = [
        {"params": matrices, "weight_decay": spec.weight_decay, "initial_lr": size},
        {"params": others, "weight_decay": 0.0, "initial_lr": size},
    ]
    optimizer = AdamW(groups, lr=size, fused=True)
    warm = max(1, round(_WARM_UP * steps))

    def share(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        done = min(1.0, (step - warm) / max(1, steps - warm))
        return _FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * done)) / 2

    return optimizer, LambdaLR(optimizer, share, last_epoch=done - 1)
