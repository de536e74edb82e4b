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

    As torch's own, but one random word decides about four units, by arithmetic on whole numbers: on a CPU, comparisons
    and conditions on single numbers take several times as long. So `p` is met to one in 65,536.

    Before rectified units it is the same as behind them, and its result may then be rectified in place.
    """

    @override
    def forward(self, input: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        silenced = min(round(self.p * _LEVELS), _LEVELS - 1)
        if not self.training or silenced == 0:
            return input
        words = torch.empty(-(-input.numel() // _PER_WORD), dtype=torch.int64, device=input.device)
        words.random_(-(2**63), None)
        # In the order in which the input lies in memory: axes that were turned around stay so.
        strides = torch.empty_like(input, dtype=torch.int16).stride()
        drawn = words.view(torch.int16).as_strided(input.shape, strides)
        least = silenced - _LEVELS // 2  # that is kept
        kept = drawn.clamp_(least - 1, least).sub_(least - 1)
        return input * kept.to(input.dtype).mul_(_LEVELS / (_LEVELS - silenced))
