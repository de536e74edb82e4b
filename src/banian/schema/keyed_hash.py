"""Personal data as keyed hashes: what nobody can read back who has not the key, and what is still the same person."""

import hashlib
import os
import re
import string

from banian.errors import SpecError
from banian.schema.nothing import ABSENT

KEY = "BANIAN_PII_KEY"
"""The variable of the environment that holds the key."""
SHORTEST_KEY = 32
LENGTH = 32
"""Letters of a hash that are kept: 128 bits."""
WHOLE = r"^([+-]?[0-9]+)\.0+$"
"""A whole number that was written with a point: of a key the same as without."""


def read_key() -> str:
    """Read the key from the environment.

    Raises:
        SpecError: there is none, or it is too short.

    """
    key = os.environ.get(KEY, "")
    if len(key) >= SHORTEST_KEY:
        return key
    found = "is not set" if not key else f"has {len(key)} letters"
    raise SpecError(
        f"Columns are declared pii, which become keyed hashes, and the environment variable {KEY} {found}.",
        remedy="Set it to the same secret of 32 letters or more wherever this shop is read, fitted or served. "
        "Make one: python3 -c 'import secrets; print(secrets.token_hex(32))'",
    )


def hash_value(value: object, key: str) -> str | None:
    """Hash a value as tables do: white space around it and `.0` behind it do not matter, and nothing stays nothing.

    >>> hash_value(" ann@shop.example ", "k" * 32) == hash_value("ann@shop.example", "k" * 32)
    True
    >>> hash_value(12583.0, "k" * 32) == hash_value("12583", "k" * 32) != hash_value("12583", "l" * 32)
    True
    >>> hash_value("", "k" * 32) is hash_value(None, "k" * 32) is None
    True
    """
    if value is None:
        return None
    text = re.sub(WHOLE, r"\1", str(value).strip(string.whitespace))
    if text in ABSENT:
        return None
    return hashlib.sha256((key + text).encode()).hexdigest()[:LENGTH]


def fingerprint(key: str) -> str:
    """Give what tells whether a key is the same, and nothing else of it."""
    return hashlib.sha256(b"banian pii key" + key.encode()).hexdigest()[:LENGTH]
