"""A tower's layer whose weights know the scene.

With weights that are added to the shared ones it is a tower's layer per scene. A scene has no head of its own: a
rectified unit that counts more in a scene than elsewhere does so by weights that are larger there.
"""

from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dropout import Dropout
from banian.models.scenes.product import add_in_known_scenes
from banian.models.scenes.weights import AbstractSceneWeights
from banian.models.towers import AbstractTowerLayer


@final
class SceneLayer(AbstractTowerLayer):
    """Rectified units, followed by dropout: max(0, x·W + b + what the scene adds + bₛ).

    Rows of an absent or unseen scene see what is shared, W and b, which the rows of every scene train.

    Args:
        dim: Units of an input.
        known: How many known scenes there are.
        width: Units of the layer.
        dropout: Probability that a unit is zeroed in training.
        weights: What a scene adds to the shared weights.

    """

    def __init__(
        self, dim: int, *, known: int, width: int, dropout: float, weights: AbstractSceneWeights
    ) -> None:
        super().__init__()
        self.width = width
        self.hidden = nn.Linear(dim, width)
        self.own_weights = weights
        # A table of vectors, which no decay of weights touches.
        self.own_bias = nn.Embedding.from_pretrained(torch.zeros(known, width), freeze=False)
        self.dropout = Dropout(dropout)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        hidden = add_in_known_scenes(self.hidden(x), x, scene, self._own)
        return F.relu(self.dropout(hidden), inplace=True)

    def _own(
        self, x: Float[Tensor, "row dim"], scene: Int[Tensor, " row"]
    ) -> Float[Tensor, "row width"]:
        own: Tensor = self.own_weights(x, scene, self.hidden.weight) + self.own_bias(scene)
        return own
