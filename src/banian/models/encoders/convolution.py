"""Convolutions over a plane of pixels, or of time and frequency, ending in a vector.

Sources: He et al., "Identity Mappings in Deep Residual Networks", ECCV 2016; Wu and He, "Group Normalization", ECCV
2018. Groups are normalised within each plane, so that a vector does not depend on what stands beside it in a batch.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import final

from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dropout import Dropout

_GROUP = 16  # channels that are normalised together


@final
class ConvolutionNet(nn.Module):
    """Maps planes to vectors: each stage halves both sides and refines what it found; then channels are averaged.

    Args:
        channels: Of a plane.
        widths: Channels of each stage, multiples of 16.
        dim: Units of a vector.
        dropout: Probability that a channel's average is zeroed in training.

    """

    def __init__(
        self, channels: int, *, widths: Sequence[int], dim: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.stages = nn.Sequential(
            *(_Stage(narrow, wide) for narrow, wide in pairwise((channels, *widths)))
        )
        self.norm = nn.LayerNorm(widths[-1])
        self.dropout = Dropout(dropout)
        self.out = nn.Linear(widths[-1], dim)

    @override
    def forward(
        self, planes: Float[Tensor, "value channel height width"]
    ) -> Float[Tensor, "value dim"]:
        if not len(planes):  # convolutions refuse what is empty
            return planes.new_zeros(0, self.out.out_features)
        found: Tensor = self.stages(planes)
        vectors: Tensor = self.out(self.dropout(self.norm(found.mean((2, 3)))))
        return vectors


@final
class _Stage(nn.Module):
    """Halves both sides, then adds to each place what is found around it."""

    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__()
        self.halve = nn.Conv2d(narrow, wide, 3, stride=2, padding=1, bias=False)
        self.halved = nn.GroupNorm(wide // _GROUP, wide)
        self.refine = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.refined = nn.GroupNorm(wide // _GROUP, wide)
        nn.init.zeros_(self.refined.weight)  # at first a stage only halves

    @override
    def forward(
        self, planes: Float[Tensor, "value narrow height width"]
    ) -> Float[Tensor, "value wide half_height half_width"]:
        halved: Tensor = nn.functional.relu(self.halved(self.halve(planes)))
        return nn.functional.relu(halved + self.refined(self.refine(halved)))
