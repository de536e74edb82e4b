"""STAR: weights that all scenes share times those of the scene, and an auxiliary network for the scene itself.

Source: Sheng et al., "One Model to Serve All: Star Topology Adaptive Recommender for Multi-Domain CTR Prediction",
CIKM 2021 (star topology FCN and auxiliary network). Its partitioned normalisation is left out: nothing here is
normalised over a batch, so that rows never see each other and a scene of few rows has no statistics of its own to
suffer from; numbers come in as ranks already.
"""

from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dropout import Dropout
from banian.models.encoders import CategoricalEmbedding
from banian.models.scenes.layer import SceneLayer
from banian.models.towers import AbstractTowerLayer

_SCENE_WIDTH = 8
_AUXILIARY_WIDTH = 8


@final
class STAR(AbstractTowerLayer):
    """Units whose weights know the scene, and beside them those of the auxiliary network.

    The head that follows is linear, so its part on the auxiliary units is the auxiliary network's
    last layer: an addition to every logit. As the head starts at zero, so does the addition.

    Args:
        layer: The layer with weights per scene.
        dim: Units of what the tower sees.
        scenes: How many codes of scenes there are, absent and unseen among them.
        dropout: Probability that a unit is zeroed in training.

    """

    def __init__(self, layer: SceneLayer, *, dim: int, scenes: int, dropout: float) -> None:
        super().__init__()
        self.width = layer.width + _AUXILIARY_WIDTH
        self.layer = layer
        self.scene = CategoricalEmbedding((scenes,), width=_SCENE_WIDTH)
        self.auxiliary = nn.Linear(self.scene.dim + dim, _AUXILIARY_WIDTH)
        self.dropout = Dropout(dropout)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        seen = torch.cat([self.scene(scene.unsqueeze(1)), x], dim=1)
        auxiliary = F.relu(self.dropout(self.auxiliary(seen)), inplace=True)
        return torch.cat([self.layer(x, scene), auxiliary], dim=1)
