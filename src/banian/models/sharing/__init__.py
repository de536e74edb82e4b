"""Sharing architectures: one input representation in, one representation per task out."""

from banian.models.sharing.base import AbstractSharing as AbstractSharing
from banian.models.sharing.build import build_sharing as build_sharing
from banian.models.sharing.experts import Experts as Experts
from banian.models.sharing.mmoe import MMoE as MMoE
from banian.models.sharing.shared_bottom import SharedBottom as SharedBottom
