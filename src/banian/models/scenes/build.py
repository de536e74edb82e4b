"""From a scenes spec to modules; the only place that pairs the two."""

from typing import assert_never

from banian.features.codecs import FIRST
from banian.models.scenes.base import AbstractSceneInput, SameInput
from banian.models.scenes.layer import SceneLayer
from banian.models.scenes.pepnet import EPNet, PPNet
from banian.models.scenes.star import STAR
from banian.models.scenes.weights import (
    AbstractSceneWeights,
    AddedFactors,
    AddedWeights,
    ScaledFactors,
    ScaledWeights,
)
from banian.models.towers import AbstractTowerLayer, TowerLayer
from banian.spec import NoScenesSpec, PEPNetSpec, ScenesSpec, SceneTowersSpec, STARSpec


def build_scene_input(spec: ScenesSpec, *, dim: int, scenes: int) -> AbstractSceneInput:
    """Build what a spec makes of encoded inputs of width `dim`."""
    match spec:
        case PEPNetSpec():
            return EPNet(dim, scenes=scenes, gate_width=spec.gate_width)
        case NoScenesSpec() | STARSpec() | SceneTowersSpec():
            return SameInput()
        case _:
            assert_never(spec)


def build_tower_layer(
    spec: ScenesSpec, *, dim: int, width: int, dropout: float, scenes: int
) -> AbstractTowerLayer:
    """Build the layer of a tower that sees `dim` units; `scenes` counts codes, absent and unseen among them."""
    match spec:
        case NoScenesSpec():
            return TowerLayer(dim, width=width, dropout=dropout)
        case PEPNetSpec():
            layer = TowerLayer(dim, width=width, dropout=dropout)
            return PPNet(layer, dim=dim, scenes=scenes, gate_width=spec.gate_width)
        case STARSpec() | SceneTowersSpec():
            known = scenes - FIRST
            own = _weights(spec, dim, known, width)
            scened = SceneLayer(dim, known=known, width=width, dropout=dropout, weights=own)
            if isinstance(spec, STARSpec):
                return STAR(scened, dim=dim, scenes=scenes, dropout=dropout)
            return scened
        case _:
            assert_never(spec)


def _weights(
    spec: STARSpec | SceneTowersSpec, dim: int, known: int, width: int
) -> AbstractSceneWeights:
    is_star = isinstance(spec, STARSpec)
    if spec.rank is None:
        return (ScaledWeights if is_star else AddedWeights)(dim, known=known, width=width)
    factors = ScaledFactors if is_star else AddedFactors
    return factors(dim, known=known, width=width, rank=spec.rank)
