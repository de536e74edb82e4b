"""How long and how fast to learn."""

from typing import Literal, final

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from banian.spec.base import AbstractSpec


@final
class TrainSpec(AbstractSpec):
    """AdamW with a cosine decay, stopped by the validation score."""

    seeds: PositiveInt = 3
    """Networks trained from different seeds; they answer together, by their mean."""
    start_from: str | None = None
    """Bundle of the same shop, or its run's folder: start with its features and with all that its tasks share."""
    epochs: PositiveInt | None = None
    """Most passes over the largest grain; left out, 12, or as many as make 1,000 steps, and up to 5,000 steps where
    most tasks still get better at the end."""
    patience: PositiveInt | None = None
    """Epochs without a better validation score before stopping; left out, a third of the most."""
    folds: PositiveInt = 1
    """Validation blocks that select how long to train: that of the split, and as many before it as are left."""
    batch_rows: PositiveInt | None = None
    """Rows of the largest grain in one micro-batch; other grains in proportion. Left out, 256, or up to 2,048 where an
    epoch has 128 steps of them."""
    accumulate: PositiveInt = 1
    """Micro-batches per step: it is the step of one batch of all their rows, in the memory of one micro-batch."""
    learning_rate: PositiveFloat = 1.5e-3
    """Peak step size; where `batch_rows` is left out that of 256 rows, from where it grows with their square root."""
    weight_decay: float = Field(default=0.03, ge=0)
    """Decay of matrices; biases and embeddings are spared."""
    embedding_l2: float = Field(default=0.0, ge=0)
    """Half of it times the mean square length of the embeddings that a row looks up is added to the loss."""
    adversary: float = Field(default=0.0, ge=0)
    """How far an adversary moves the embedded fields of each row, the way that hurts most; half of the loss is then
    that of the moved rows (Miyato et al., ICLR 2017)."""
    teacher: Literal["auto", "trees", "none"] = "auto"
    """Who says what a label might have been: boosted trees that did not see it; left out, where they may serve too."""
    distillation: float = Field(default=0.5, ge=0, le=1)
    """Where a teacher has spoken, the share of the loss that listens to it, not to the label (Hinton et al., 2015)."""
    pretrain_epochs: NonNegativeInt = 0
    """Passes over all rows of times before the cutoff, labelled or not, in which encoders guess hidden fields
    (Yoon et al., NeurIPS 2020)."""
    pseudo_labels: float = Field(default=0.0, ge=0, le=1)
    """Share of the unlabelled rows of times before the cutoff, those of which a first fit is surest, that the network
    then learns from as from a teacher (Lee, 2013); binary tasks only."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """In what the network multiplies while it trains; weights, losses and predictions stay as they are. bfloat16 pays
    on a GPU."""
    sparse: Literal["adam", "adagrad"] = "adam"
    """What updates the vectors in tables that are too large to be updated whole."""
