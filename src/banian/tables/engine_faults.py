"""Faults of an engine as errors that name the place in the spec, in the words of whoever wrote it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from banian.errors import SpecError
from banian.tables.engines import AbstractEngine

_PREFIX = re.compile(r"(?<=[\"'`. ])(?:banian raw |own )(?=\S)|(?<=[\"'`])(?:column |same_)(?=\S)")
_OURS = re.compile(r"[\"'`]?\bbanian [a-z]+[\"'`]?")


def reason_of_engine(error: Exception) -> str:
    """Give the first line of a fault; where it names a column of ours, that is the user's, or none.

    >>> reason_of_engine(ValueError("Could not convert 'x' from source column banian raw amount"))
    "Could not convert 'x' from source column amount"
    """
    said = str(error).strip().splitlines() or [type(error).__name__]
    return _OURS.sub("a column", _PREFIX.sub("", said[0]))


@contextmanager
def computing(engine: AbstractEngine, where: str) -> Iterator[None]:
    """Run a block that computes what stands at `where` in the spec.

    Raises:
        SpecError: the engine cannot, for example because a number overflows.

    """
    try:
        yield
    except engine.faults as error:
        if "interrupt" in str(error).lower():
            raise
        raise SpecError(
            f"{where}: this cannot be computed: {reason_of_engine(error)}",
            remedy="Derive a smaller step first, or leave out the values that do not fit.",
        ) from None
