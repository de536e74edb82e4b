"""Cross-entropy of a product of probabilities."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def product_cross_entropy(
    logits: Sequence[Float[Tensor, "*row"]], label: Float[Tensor, "*#row"]
) -> Float[Tensor, "*row"]:
    """Compute −y·log Πpᵢ − (1 − y)·log(1 − Πpᵢ) from the logits of the pᵢ.

    1 − Πpᵢ is summed over the link at which a chain breaks, p₁⋯pᵢ₋₁·(1 − pᵢ), so that nothing is lost where the product
    is near 0 or 1: loss and gradient are finite for any logits.

    >>> halves = [torch.zeros(2), torch.zeros(2)]
    >>> product_cross_entropy(halves, torch.tensor([1.0, 0.0])).exp()
    tensor([4.0000, 1.3333])
    """
    holds, breaks = F.logsigmoid(logits[0]), F.logsigmoid(-logits[0])
    for logit in logits[1:]:
        breaks = torch.logaddexp(breaks, holds + F.logsigmoid(-logit))
        holds = holds + F.logsigmoid(logit)
    return -label * holds - (1 - label) * breaks
