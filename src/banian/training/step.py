"""One update from one micro-batch of every grain."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.optim import Optimizer

from banian.batches import Batch
from banian.models import Model

_LONGEST_GRADIENT = 1.0


def step(
    model: Model, optimizer: Optimizer, grains: Mapping[str, Batch], labels: Mapping[str, float]
) -> dict[str, Tensor]:
    """Update the model once; give the loss of each task in this step, its mean over many being the loss of a label.

    `labels` says how many labels of each task a step holds on average. Dividing by that number, not by this step's own,
    gives each label the same say, also where most steps hold none. Losses are in units of the constant predictor's.
    What the sharing adds to the loss is a mean over the rows of all grains.
    """
    optimizer.zero_grad(set_to_none=True)
    losses: dict[str, Tensor] = {}
    penalty = torch.zeros(())
    rows = sum(map(len, grains.values()))
    for batch in grains.values():
        loss = model.loss(batch, model(batch)).sum(dim=0)
        penalty = penalty + model.penalty() * (len(batch) / rows)
        losses |= {
            task: loss[at] / labels[task] for at, task in enumerate(batch.tasks) if task in labels
        }
    (torch.stack(list(losses.values())).sum().div(len(labels)) + penalty).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), _LONGEST_GRADIENT)
    optimizer.step()
    return {task: loss.detach() for task, loss in losses.items()}
