"""Encoders that were trained elsewhere, whose vectors are made once and kept on the disk."""

from banian.pretrained.base import RATE as RATE
from banian.pretrained.base import AbstractFrozenEncoder as AbstractFrozenEncoder
from banian.pretrained.base import Modality as Modality
from banian.pretrained.cache import VectorCache as VectorCache
