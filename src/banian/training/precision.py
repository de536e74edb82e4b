"""The precision in which the network multiplies while it trains.

Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018: weights stay in float32. With bfloat16, which
reaches as far as float32, losses need no scaling.
"""

from collections.abc import Sequence
from typing import Literal

import torch

from banian.batches import Batch
from banian.models import Model
from banian.models.model import Logits

Precision = Literal["float32", "bfloat16"]


def logits_in(precision: Precision, model: Model, batches: Sequence[Batch]) -> list[Logits]:
    """Run the model in a precision; logits are float32, so that losses do not lose what they are made of."""
    if precision == "float32":
        return model.answer(batches)
    with torch.autocast(batches[0].scene.device.type, dtype=torch.bfloat16):
        answered = model.answer(batches)
    return [{task: logit.float() for task, logit in logits.items()} for logits in answered]
