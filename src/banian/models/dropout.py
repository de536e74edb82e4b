"""Dropout: hidden units zeroed at random in training.

Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15, 2014.
"""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

_LEVELS = 2**16
_PER_WORD = 4  # numbers of 16 bits in a random word of 64


@final
class Dropout(nn.Dropout):
    """Zeroes each unit with probability `p` and divides the others by 1 − p, in training only.

    As torch's own, but one random word decides about four units: random words took a tenth of a step on a CPU. So `p`
    is met to one in 65,536.
    """

    @override
    def forward(self, input: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        if not self.training or self.p == 0:
            return input
        silenced = round(self.p * _LEVELS)
        words = torch.empty(-(-input.numel() // _PER_WORD), dtype=torch.int64, device=input.device)
        words.random_(-(2**63), None)
        drawn = words.view(torch.int16)[: input.numel()].view(input.shape)
        kept = drawn >= silenced - _LEVELS // 2
        return input * (kept.to(input.dtype) * (_LEVELS / (_LEVELS - silenced)))
