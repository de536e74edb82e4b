"""Distillation: learning from a teacher's predictions beside the labels.

Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, section 2: a weighted mean of
the loss against the label and the loss against the teacher's prediction, here at temperature 1 and for labels of any
kind.
"""

from collections.abc import Mapping
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from banian.batches import Batch
from banian.models import Model
from banian.models.model import Logits


def label_weight(model: Model, batch: Batch, share: float) -> Float[Tensor, "batch task"]:
    """Compute the weight of each row in each task's loss: 1 with a label, `share` with a soft target alone, else 0.

    Where rows have weights, times these.
    """
    known = model.label_weight(batch)
    if batch.teacher is None:
        return known
    heard = known.new_tensor(share) if batch.weight is None else share * batch.weight
    return torch.where(batch.teacher.isnan(), known, (1 - share) * known + heard)


def distilled_losses(
    model: Model, batch: Batch, logits: Logits, share: float
) -> Mapping[str, Float[Tensor, " batch"]]:
    """Compute the loss of every row: (1 − share) · label's + share · soft target's where a row has both.

    Where only the label is known, it counts in full; where only the teacher has spoken, share · teacher's is left.
    """
    learned = model.losses(batch, logits)
    if batch.teacher is None:
        return learned
    spoken = ~batch.teacher.isnan()
    word = replace(batch, label=batch.teacher.nan_to_num(), mask=spoken)
    listened = model.own_losses(word, logits)  # what a tower says, whatever space it learns over
    return {
        task: torch.where(
            heard, (1 - share) * learned[task] + share * listened[task], learned[task]
        )
        for task, heard in zip(batch.tasks, spoken.unbind(1), strict=True)
    }
