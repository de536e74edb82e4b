"""Texts that may be shown."""

import os
import re

_IN_ADDRESS = re.compile(r"://\S*@")
_NAMED = re.compile(
    r"((?:pass(?:word|wd)?|pwd|token|secret|(?:api|access)[-_]?key|authorization)[\"']?\s*[=:]\s*[\"']?"
    r"(?:(?:basic|bearer)\s+)?)[^\s\"'&,;]+",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"PASSWORD|PASSWD|_PWD$|TOKEN|SECRET|KEY", re.IGNORECASE)
_SHORTEST = 6  # a shorter value of a variable would blot out words that only look like it


def mask_secrets(text: str) -> str:
    """Blot out credentials in addresses, values named like secrets, and secrets of the environment.

    >>> mask_secrets("cannot reach https://ann:s3cr/t@shop.example/api?token=abc&page=2")
    'cannot reach https://***@shop.example/api?token=***&page=2'
    >>> mask_secrets("{'Authorization': 'Bearer abc.def'}")
    "{'Authorization': 'Bearer ***'}"
    """
    for name, value in os.environ.items():
        if _VARIABLE.search(name) and len(value) >= _SHORTEST:
            text = text.replace(value, "***")
    return _NAMED.sub(r"\1***", _IN_ADDRESS.sub("://***@", text))
