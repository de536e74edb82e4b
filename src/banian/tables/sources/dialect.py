"""How a CSV file is written, and how its lines are taken apart."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

_NAMES = {"\t": "tab", " ": "space", ",": "comma", ";": "semicolon", "|": "bar", ":": "colon"}
_MARKS = {'"': 'quotes "', "'": "quotes '", "": "no quotes"}

End = Literal["whole", "open", "broken"]
"""How a line ends: with its last value, inside a quoted value, or with text behind a closing quote."""


@final
@dataclass(frozen=True)
class Dialect:
    """What stands between values and around them.

    >>> dialect = Dialect(";", '"', '"')
    >>> dialect.split('a;"b;""c"" d";')
    ['a', 'b;"c" d', '']
    >>> dialect.count('a;"b'), dialect.count('a;"b" c'), dialect.count('c";d', inside=True)
    ((1, 'open'), (2, 'broken'), (2, 'whole'))
    >>> print(dialect)
    delimiter semicolon, quotes "
    """

    delimiter: str
    """What stands between values."""
    quote: str
    """Empty where nothing stands around values."""
    escape: str
    """What stands before a quote within a quoted value."""

    def __str__(self) -> str:
        name = _NAMES.get(self.delimiter, repr(self.delimiter))
        said = [f"delimiter {name}", _MARKS.get(self.quote, f"quotes {self.quote}")]
        if self.quote and self.escape != self.quote:
            said.append(f"escape {self.escape}")
        return ", ".join(said)

    def count(self, line: str, *, inside: bool = False) -> tuple[int, End]:
        """Count the values that end in a line without its line break; it may begin `inside` a quoted one."""
        if not self.quote or (not inside and self.quote not in line):
            return line.count(self.delimiter) + 1, "whole"
        values, at, field = 0, 0, self._rest if inside else self._field
        while True:
            found = field.match(line, at)
            if found is None:
                return values, "open"
            values, at, field = values + 1, found.end(), self._field
            if at == len(line):
                return values, "whole"
            if not line.startswith(self.delimiter, at):
                return values, "broken"
            at += len(self.delimiter)

    def split(self, record: str) -> list[str]:
        """Take a whole record apart into its values."""
        values, at = [], 0
        while at <= len(record):
            found = self._field.match(record, at)
            assert found is not None, "the record is not whole"
            values.append(self._unquote(found[0]))
            at = found.end() + len(self.delimiter)
        return values

    def is_row(self, width: int) -> re.Pattern[str]:
        """Match whole records of so many values."""
        delimiter = re.escape(self.delimiter)
        repeated = f"(?:{delimiter}{self._pattern}){{{width - 1}}}"
        return re.compile(f"{self._pattern}{repeated}", re.DOTALL)

    def quotes(self, value: str) -> bool:
        """Say whether a value, as it was written, stands within quotes."""
        value = value.strip(" ")
        return bool(self.quote) and len(value) > 1 and value[0] == value[-1] == self.quote

    @cached_property
    def _pattern(self) -> str:
        delimiter = re.escape(self.delimiter)
        one = len(self.delimiter) == 1
        bare = f"[^{delimiter}]*+" if one else f"(?:(?!{delimiter}).)*+"
        if not self.quote:
            return bare
        space = "" if self.delimiter == " " else " *+"
        quote = re.escape(self.quote)
        return f"(?:{space}{quote}{self._within}{quote}{space}|(?!{space}{quote}){bare})"

    @cached_property
    def _within(self) -> str:
        quote, escape = re.escape(self.quote), re.escape(self.escape)
        if self.quote == self.escape:
            return f"(?:[^{quote}]|{quote}{quote})*+"
        return f"(?:[^{quote}{escape}]|{escape}.)*+"

    @cached_property
    def _field(self) -> re.Pattern[str]:
        return re.compile(self._pattern, re.DOTALL)

    @cached_property
    def _rest(self) -> re.Pattern[str]:
        space = "" if self.delimiter == " " else " *+"
        return re.compile(f"{self._within}{re.escape(self.quote)}{space}", re.DOTALL)

    def _unquote(self, value: str) -> str:
        if not self.quotes(value):
            return value
        inner = value.strip(" ")[1:-1]
        if self.escape == self.quote:
            return inner.replace(self.quote * 2, self.quote)
        return re.sub(re.escape(self.escape) + "(.)", r"\1", inner, flags=re.DOTALL)
