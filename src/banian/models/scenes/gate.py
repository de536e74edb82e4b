"""A gate that scales units by scene.

Source: Chang et al., "PEPNet: Parameter and Embedding Personalized Network for Infusing with Personalized Prior
Information", KDD 2023 (its Gate Neural Unit, with γ = 2).
"""

from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.encoders import CategoricalEmbedding

_SCENE_WIDTH = 8


@final
class SceneGate(nn.Module):
    """Factors in (0, 2) from the scene and what stands beside it, of which it has no gradient.

    All factors start at exactly 1. A scene that training never met has the vector 0, and so factors
    from x alone: those of no scene in particular.

    Args:
        dim: Units of what stands beside the scene.
        scenes: How many codes of scenes there are, absent and unseen among them.
        hidden: Units of the hidden layer.
        width: How many factors there are.

    """

    def __init__(self, dim: int, *, scenes: int, hidden: int, width: int) -> None:
        super().__init__()
        self.scene = CategoricalEmbedding((scenes,), width=_SCENE_WIDTH)
        self.hidden = nn.Linear(self.scene.dim + dim, hidden)
        self.factors = nn.Linear(hidden, width)
        nn.init.zeros_(self.factors.weight)
        nn.init.zeros_(self.factors.bias)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        seen = torch.cat([self.scene(scene.unsqueeze(1)), x.detach()], dim=1)
        return 2 * torch.sigmoid(self.factors(F.relu(self.hidden(seen))))
