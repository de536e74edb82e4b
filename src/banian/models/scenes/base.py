"""The first of two places where scenes act: the encoded input, before the sharing sees it.

The second is the layer of each tower. So scenes know nothing of the sharing, nor it of them.
"""

from abc import ABC, abstractmethod
from typing import final

from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override


class AbstractSceneInput(nn.Module, ABC):
    """Maps the encoded input to the input of the sharing, by scene."""

    @abstractmethod
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch dim"]:
        """Row b of the result depends on row b of the input alone."""


@final
class SameInput(AbstractSceneInput):
    """Leaves the input as it is, in every scene."""

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch dim"]:
        del scene
        return x
