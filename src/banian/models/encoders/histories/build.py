"""From a spec of sequences to a module; the only place that pairs the two."""

from typing import assert_never

from banian.models.encoders.histories.attention import TargetAttention
from banian.models.encoders.histories.base import AbstractHistory
from banian.models.encoders.histories.transformer import Transformer
from banian.spec import AttentionSpec, TransformerSpec


def build_history(spec: AttentionSpec | TransformerSpec, *, dropout: float) -> AbstractHistory:
    """Build the module that a spec declares."""
    match spec:
        case AttentionSpec():
            return TargetAttention(spec.width)
        case TransformerSpec():
            return Transformer(spec.width, steps=spec.steps, heads=spec.heads, dropout=dropout)
        case _:
            assert_never(spec)
