"""Numbers as vectors by way of sines and cosines.

Source: Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS 2022, section 3.3
(periodic activations, followed by a linear map and rectified units: PLR).
"""

import math
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, NumberPart
from banian.models.encoders.numbers.base import AbstractNumbers


@final
class PeriodicNumbers(AbstractNumbers):
    """Waves of learned frequencies.

    With normal score z and asinh value a, the vector of field f is
    max(0, Σₖ sin(2πcₖz)·w₁ₖ + cos(2πcₖz)·w₂ₖ + a·w₃ + b) for an ordinary value, and table[f, special] for a special
    one. The paper has no a; the score alone would not tell how far out in its tail a number lies.

    Args:
        fields: How many numbers there are.
        frequencies: Waves of each number.
        spread: Standard deviation of the frequencies at the start.
        specials: How many codes a value can have: 0 of an ordinary one, then those of special ones.
        width: Units of each number's vector.

    """

    def __init__(
        self, fields: int, *, frequencies: int, spread: float, specials: int, width: int
    ) -> None:
        super().__init__(fields, specials=specials, width=width, bins=0)
        self.frequencies = nn.Parameter(torch.randn(fields, frequencies, 1) * spread)
        bound = 1 / math.sqrt(2 * frequencies + 1)
        shape = (fields, width, 2 * frequencies + 1)
        self.weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(fields, width, 1))

    @override
    def forward(
        self, block: Block, prepared: Float[Tensor, "field component batch"]
    ) -> Float[Tensor, "batch dim"]:
        score, straight, codes = prepared.split([1, 1, self.specials - 1], dim=1)
        angles = 2 * math.pi * self.frequencies * score
        waves = torch.cat([angles.sin(), angles.cos(), straight], dim=1)
        is_ordinary = (block.present & (block.part(NumberPart).codes == 0).t()).unsqueeze(1)
        ordinary = F.relu(torch.baddbmm(self.bias, self.weight, waves)) * is_ordinary
        special = torch.bmm(self._table().transpose(1, 2), codes)
        return (ordinary + special).flatten(0, 1).t()
