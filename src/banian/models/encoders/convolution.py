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
    """Maps planes to vectors: the first stage quarters both sides, each other halves them; then channels are averaged.

    Each stage refines what it found, at sides so small that a core trains hundreds of planes of 64 by 64 in a second.

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
            _Stage(channels, widths[0], kernel=7, stride=4),
            *(_Stage(narrow, wide, kernel=3, stride=2) for narrow, wide in pairwise(widths)),
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
    """Makes both sides smaller, then adds to each place what is found around it."""

    def __init__(self, narrow: int, wide: int, *, kernel: int, stride: int) -> None:
        super().__init__()
        self.shrink = nn.Conv2d(
            narrow, wide, kernel, stride=stride, padding=kernel // 2, bias=False
        )
        self.shrunk = nn.GroupNorm(wide // _GROUP, wide)
        self.refine = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.refined = nn.GroupNorm(wide // _GROUP, wide)
        nn.init.zeros_(self.refined.weight)  # at first a stage only shrinks

    @override
    def forward(
        self, planes: Float[Tensor, "value narrow height width"]
    ) -> Float[Tensor, "value wide low slim"]:
        found: Tensor = nn.functional.relu(self.shrunk(self.shrink(planes)))
        return nn.functional.relu(found + self.refined(self.refine(found)))
