"""How the text of a file is written: what stands between and around its values, and what its bytes mean."""

import codecs
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

_LONGEST = 4  # bytes that the reader takes between two values


def _check_delimiter(text: str) -> str:
    text = text.replace("\\t", "\t")  # '\t' in single quotes is a backslash and a t
    if not 1 <= len(text.encode()) <= _LONGEST or set(text) & set("\r\n"):
        raise ValueError(
            f"a delimiter has 1 to {_LONGEST} bytes and breaks no line. Write what stands between "
            "two values, such as ';' or \"\\t\""
        )
    return text


def _check_quote(text: str) -> str:
    if len(text) > 1 or not text.isascii() or text.isspace() or text.isalnum():
        raise ValueError(
            "a quote is one mark of ASCII. Write the mark, such as \"'\", or '' where the values "
            "have none around them"
        )
    return text


def _check_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
        b"".decode(name)  # refuses what is no encoding of text
        "".encode(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError(
            f"no encoding {name!r}. Write one that Python knows, such as latin-1, cp1252 or utf-16"
        ) from None
    return name


def _check_names(names: tuple[str, ...]) -> tuple[str, ...]:
    folded = [name.strip().casefold() for name in names]
    if "" in folded:
        raise ValueError("one of the columns has no name. Give every column a name")
    for at, name in enumerate(folded):
        if name in folded[:at]:
            raise ValueError(
                f"two columns have one name, {names[at]!r}, or differ only in case. Rename one of "
                "them"
            )
    return tuple(name.strip() for name in names)


Delimiter = Annotated[str, AfterValidator(_check_delimiter)]
"""What stands between two values."""
Quote = Annotated[str, AfterValidator(_check_quote)]
"""What stands around a value; nothing where empty."""
Encoding = Annotated[str, AfterValidator(_check_encoding)]
"""What bytes mean, by the name that Python gives it."""
Names = Annotated[tuple[str, ...], AfterValidator(_check_names)]
"""Names of columns, each once whatever its case."""
Point = Literal[",", "."]
"""What stands before the fractions of a number."""
Thousands = Annotated[
    Literal[",", ".", " ", "'", "_"],
    BeforeValidator(lambda mark: {"\u00a0": " ", "\u202f": " ", "’": "'"}.get(mark, mark)),
]
"""What stands between the thousands of a number."""
