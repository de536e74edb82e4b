"""Histories: the vectors of a row's events in, one vector out."""

from banian.models.encoders.histories.attention import TargetAttention as TargetAttention
from banian.models.encoders.histories.base import AbstractHistory as AbstractHistory
from banian.models.encoders.histories.build import build_history as build_history
from banian.models.encoders.histories.transformer import Transformer as Transformer
