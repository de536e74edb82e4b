"""What an engine says of a fault, in the words of whoever wrote the spec."""

import re

_PREFIX = re.compile(r"(?<=[\"'`. ])(?:banian raw |own )(?=\S)|(?<=[\"'`])(?:column |same_)(?=\S)")
_OURS = re.compile(r"[\"'`]?\bbanian [a-z]+[\"'`]?")


def reason_of_engine(error: Exception) -> str:
    """Give the first line of a fault; where it names a column of ours, that is the user's, or none.

    >>> reason_of_engine(ValueError("Could not convert 'x' from source column banian raw amount"))
    "Could not convert 'x' from source column amount"
    """
    said = str(error).strip().splitlines() or [type(error).__name__]
    return _OURS.sub("a column", _PREFIX.sub("", said[0]))
