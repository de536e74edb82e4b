"""Dependence: how a task that is conditional on another (`given`) learns from it."""

from banian.models.dependence.aitm import AITM as AITM
from banian.models.dependence.build import build_space as build_space
from banian.models.dependence.build import build_transfer as build_transfer
from banian.models.dependence.cross_entropy import product_cross_entropy as product_cross_entropy
from banian.models.dependence.esmm import ESMM as ESMM
from banian.models.dependence.space import AbstractSpace as AbstractSpace
from banian.models.dependence.space import OwnSpace as OwnSpace
from banian.models.dependence.transfer import AbstractTransfer as AbstractTransfer
from banian.models.dependence.transfer import NoTransfer as NoTransfer
