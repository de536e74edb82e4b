"""Sharing architectures: one input representation in, one representation per task out."""

from banian.models.sharing.adapted import AdaptedLinear as AdaptedLinear
from banian.models.sharing.adapted import AdaptedSharing as AdaptedSharing
from banian.models.sharing.base import AbstractSharing as AbstractSharing
from banian.models.sharing.build import build_sharing as build_sharing
from banian.models.sharing.cross_stitch import CrossStitch as CrossStitch
from banian.models.sharing.latent_variable import LatentVariable as LatentVariable
from banian.models.sharing.latent_variable import divergence as divergence
from banian.models.sharing.layers import AbstractLinear as AbstractLinear
from banian.models.sharing.layers import EnsembleLinear as EnsembleLinear
from banian.models.sharing.layers import Experts as Experts
from banian.models.sharing.layers import Linear as Linear
from banian.models.sharing.layers import build_linear as build_linear
from banian.models.sharing.mmoe import MMoE as MMoE
from banian.models.sharing.ple import CGC as CGC
from banian.models.sharing.ple import PLE as PLE
from banian.models.sharing.shared_bottom import SharedBottom as SharedBottom
from banian.models.sharing.stem import STEM as STEM
from banian.models.sharing.task_attention import TaskAttention as TaskAttention
