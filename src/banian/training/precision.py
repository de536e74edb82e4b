"""The precision in which the network multiplies while it trains.

Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018: weights stay in float32. With bfloat16, which
reaches as far as float32, losses need no scaling.
"""

from typing import Literal

import torch

from banian.batches import Batch
from banian.models import Model
from banian.models.model import Logits

Precision = Literal["float32", "bfloat16"]


def logits_in(precision: Precision, model: Model, batch: Batch) -> Logits:
    """Run the model in a precision; its logits are float32, so that losses do not lose what they are made of."""
    if precision == "float32":
        plain: Logits = model(batch)
        return plain
    with torch.autocast(batch.scene.device.type, dtype=torch.bfloat16):
        logits = model(batch)
    return {task: logit.float() for task, logit in logits.items()}
