"""How long and how fast to learn."""

from typing import Literal, final

from pydantic import Field, PositiveFloat, PositiveInt

from banian.spec.base import AbstractSpec


@final
class TrainSpec(AbstractSpec):
    """AdamW with a cosine decay, stopped by the validation score."""

    epochs: PositiveInt = 12
    """Most passes over the largest grain."""
    patience: PositiveInt = 4
    """Epochs without a better validation score before stopping."""
    batch_rows: PositiveInt = 256
    """Rows of the largest grain in one step; other grains in proportion."""
    learning_rate: PositiveFloat = 1.5e-3
    """Peak step size."""
    weight_decay: float = Field(default=0.03, ge=0)
    """Decay of matrices; biases and embeddings are spared."""
    table_decay: float = Field(default=0.0, ge=0)
    """Decay of the vectors of categorical fields, of those that a step looked up."""
    sparse: Literal["adam", "adagrad"] = "adam"
    """What updates the vectors in tables that are too large to be updated whole."""
