"""Weights of each known scene beside a linear map that all scenes share; they start without effect."""

import math
from abc import ABC, abstractmethod
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.scenes.product import product_by_scene


class AbstractSceneWeights(nn.Module, ABC):
    """Weights of each known scene; those of a scene without training rows stay without effect."""

    @abstractmethod
    def forward(
        self,
        x: Float[Tensor, "row dim"],
        scene: Int[Tensor, " row"],
        shared: Float[Tensor, "width dim"],
    ) -> Float[Tensor, "row width"]:
        """Compute what comes on top of x·sharedᵀ; scenes are counted from the first known one."""


@final
class AddedWeights(AbstractSceneWeights):
    """A matrix that is added to the shared one: x·Vₛ.

    Args:
        dim: Units of an input.
        known: How many known scenes there are.
        width: Units of an output.

    """

    def __init__(self, dim: int, *, known: int, width: int) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.zeros(known, dim, width))

    @override
    def forward(
        self,
        x: Float[Tensor, "row dim"],
        scene: Int[Tensor, " row"],
        shared: Float[Tensor, "width dim"],
    ) -> Float[Tensor, "row width"]:
        return product_by_scene(
            x,
            scene,
            lambda present: self.own.index_select(0, present),
            known=self.own.shape[0],
            width=shared.shape[0],
        )


@final
class AddedFactors(AbstractSceneWeights):
    """A matrix of low rank that is added to the shared one: (x·Aₛ)·Bₛ.

    Args:
        dim: Units of an input.
        known: How many known scenes there are.
        width: Units of an output.
        rank: Rank of the matrix of a scene.

    """

    def __init__(self, dim: int, *, known: int, width: int, rank: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(dim)  # as a linear map from x starts
        self.down = nn.Parameter(torch.empty(known, dim, rank).uniform_(-bound, bound))
        self.up = nn.Parameter(torch.zeros(known, rank, width))

    @override
    def forward(
        self,
        x: Float[Tensor, "row dim"],
        scene: Int[Tensor, " row"],
        shared: Float[Tensor, "width dim"],
    ) -> Float[Tensor, "row width"]:
        del shared
        low = x.unsqueeze(1) @ self.down.index_select(0, scene)
        return (low @ self.up.index_select(0, scene)).squeeze(1)


@final
class ScaledWeights(AbstractSceneWeights):
    """A matrix that multiplies the shared one, element by element: x·(Wₛ ⊙ W) with Wₛ = 1 + Vₛ.

    V is what is stored, so that decay of weights draws a scene towards the shared weights.

    Args:
        dim: Units of an input.
        known: How many known scenes there are.
        width: Units of an output.

    """

    def __init__(self, dim: int, *, known: int, width: int) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.zeros(known, dim, width))

    @override
    def forward(
        self,
        x: Float[Tensor, "row dim"],
        scene: Int[Tensor, " row"],
        shared: Float[Tensor, "width dim"],
    ) -> Float[Tensor, "row width"]:
        return product_by_scene(
            x,
            scene,
            lambda present: self.own.index_select(0, present) * shared.T,
            known=self.own.shape[0],
            width=shared.shape[0],
        )


@final
class ScaledFactors(AbstractSceneWeights):
    """The same with Vₛ of low rank: the sum over r of ((x ⊙ aₛᵣ)·W) ⊙ bₛᵣ.

    Args:
        dim: Units of an input.
        known: How many known scenes there are.
        width: Units of an output.
        rank: Rank of the matrix of a scene.

    """

    def __init__(self, dim: int, *, known: int, width: int, rank: int) -> None:
        super().__init__()
        # Spread around 1, so that several ranks part and a single one scales what is shared.
        self.inputs = nn.Parameter(torch.empty(known, rank, dim).uniform_(0.5, 1.5))
        self.outputs = nn.Parameter(torch.zeros(known, rank, width))

    @override
    def forward(
        self,
        x: Float[Tensor, "row dim"],
        scene: Int[Tensor, " row"],
        shared: Float[Tensor, "width dim"],
    ) -> Float[Tensor, "row width"]:
        scaled = (x.unsqueeze(1) * self.inputs.index_select(0, scene)) @ shared.T
        return (scaled * self.outputs.index_select(0, scene)).sum(dim=1)
