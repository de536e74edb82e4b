"""What a column means, beside how it is stored: what can be computed of it, and how a model reads it."""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

from banian.errors import nearest

Content = Literal["text", "image", "audio"]
"""What is read by an encoder of its own: sentences, pictures, recordings."""
SemanticType = Literal["number", "truth", "category", "time", "text", "image", "audio", "id"]
"""Numbers add up; a category is one of some names, an id one of many; text are sentences, which are read."""


def _check_name(value: object) -> object:
    known = get_args(SemanticType)
    if value not in known:
        raise ValueError(f"no semantic type {str(value)!r}. {nearest(str(value), known)}")
    return value


Means = Annotated[SemanticType, BeforeValidator(_check_name)]
"""A semantic type, as a spec names it."""
