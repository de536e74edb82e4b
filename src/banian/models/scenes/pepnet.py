"""PEPNet: gates by scene on the input and on the hidden units of every tower.

Source: Chang et al., "PEPNet: Parameter and Embedding Personalized Network for Infusing with Personalized Prior
Information", KDD 2023.
"""

from typing import final

from jaxtyping import Float, Int
from torch import Tensor
from typing_extensions import override

from banian.models.scenes.base import AbstractSceneInput
from banian.models.scenes.gate import SceneGate
from banian.models.towers import AbstractTowerLayer, TowerLayer


@final
class EPNet(AbstractSceneInput):
    """Scales the encoded input, by the scene and the input itself.

    Args:
        dim: Units of the encoded input.
        scenes: How many codes of scenes there are, absent and unseen among them.
        gate_width: Hidden units of the gate.

    """

    def __init__(self, dim: int, *, scenes: int, gate_width: int) -> None:
        super().__init__()
        self.gate = SceneGate(dim, scenes=scenes, hidden=gate_width, width=dim)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch dim"]:
        scaled: Tensor = x * self.gate(x, scene)
        return scaled


@final
class PPNet(AbstractTowerLayer):
    """Scales the units of a tower's layer, by the scene and what the tower sees.

    The paper's prior information about user and item is in what the tower sees: the private vector
    of the row's entities.

    Args:
        layer: The layer whose units are scaled.
        dim: Units of what the tower sees.
        scenes: How many codes of scenes there are, absent and unseen among them.
        gate_width: Hidden units of the gate.

    """

    def __init__(self, layer: TowerLayer, *, dim: int, scenes: int, gate_width: int) -> None:
        super().__init__()
        self.width = layer.width
        self.layer = layer
        self.gate = SceneGate(dim, scenes=scenes, hidden=gate_width, width=layer.width)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        scaled: Tensor = self.layer(x, scene) * self.gate(x, scene)
        return scaled
