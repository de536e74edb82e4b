"""How text, images and sound become vectors."""

from typing import Annotated, Literal, final

from pydantic import BeforeValidator, Field, PositiveInt

from banian.spec.base import AbstractSpec


@final
class NoContentSpec(AbstractSpec):
    """Such columns are not read; of texts that repeat, those that are frequent are read as categories all the same."""

    kind: Literal["none"] = "none"


@final
class HashedTextSpec(AbstractSpec):
    """N-grams of words and characters with learned vectors, pooled by learned attention; nothing is downloaded.

    Bags of n-grams (Joulin et al., EACL 2017) of any language: characters of Chinese, Japanese and Thai are words.
    """

    kind: Literal["hashed"] = "hashed"
    width: PositiveInt = 64
    """Units of the vector of each text."""
    most: PositiveInt = 2**17
    """Most n-grams with a vector of their own, the most frequent ones."""
    sparse_rows: PositiveInt = 20_000
    """From so many n-grams of a column on, a step updates only the vectors of those that it met."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Share of texts that training takes for missing, so that a missing one does little harm."""


def _or_auto(default: str) -> BeforeValidator:
    """Let a choice be written as its kind alone, and `auto` mean the one that is learned here."""

    def read(value: object) -> object:
        kind = default if value == "auto" else value
        return {"kind": kind} if isinstance(kind, str) else value

    return BeforeValidator(read)


TextSpec = Annotated[
    NoContentSpec | HashedTextSpec, Field(discriminator="kind"), _or_auto("hashed")
]
