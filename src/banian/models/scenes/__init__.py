"""Scenes: gates, weights and layers of their own, with any sharing."""

from banian.models.scenes.base import AbstractSceneInput as AbstractSceneInput
from banian.models.scenes.base import SameInput as SameInput
from banian.models.scenes.build import build_scene_input as build_scene_input
from banian.models.scenes.build import build_tower_layer as build_tower_layer
from banian.models.scenes.gate import SceneGate as SceneGate
from banian.models.scenes.layer import SceneLayer as SceneLayer
from banian.models.scenes.pepnet import EPNet as EPNet
from banian.models.scenes.pepnet import PPNet as PPNet
from banian.models.scenes.star import STAR as STAR
from banian.models.scenes.weights import AddedFactors as AddedFactors
from banian.models.scenes.weights import AddedWeights as AddedWeights
from banian.models.scenes.weights import ScaledFactors as ScaledFactors
from banian.models.scenes.weights import ScaledWeights as ScaledWeights
