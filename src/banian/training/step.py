"""One update from one micro-batch of every grain."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.optim import Optimizer

from banian.batches import Batch
from banian.models import Model
from banian.training.clip import clip_gradients
from banian.training.optimizer import Optimizers

_LONGEST_GRADIENT = 1.0


def step(
    model: Model,
    optimizer: Optimizers | Optimizer,
    grains: Mapping[str, Batch],
    labels: Mapping[str, float],
) -> dict[str, Tensor]:
    """Update the model once; give the loss of each task in this step, its mean over many being the loss of a label.

    `labels` says how many labels of each task a step holds on average. Dividing by that number, not by this step's own,
    gives each label the same say, also where most steps hold none. Losses are in units of the constant predictor's.
    """
    optimizer.zero_grad()
    losses: dict[str, Tensor] = {}
    for batch in grains.values():
        loss = model.loss(batch, model(batch)).sum(dim=0)
        losses |= {
            task: loss[at] / labels[task] for at, task in enumerate(batch.tasks) if task in labels
        }
    torch.stack(list(losses.values())).sum().div(len(labels)).backward()
    clip_gradients(model.parameters(), _LONGEST_GRADIENT)
    optimizer.step()
    return {task: loss.detach() for task, loss in losses.items()}
