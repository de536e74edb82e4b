"""Errors that a user can act upon.

BanianError
├── SpecError        the declaration contradicts itself or the tables
├── TableError       a raw table cannot be read, or breaks its declared keys, types or times
├── LabelError       a task has no labels to learn from
├── AskError         an ask is about nothing that the model knows, or its values are of the wrong type
├── LeakageError     a feature or label would look past its cutoff
├── BundleError      a bundle on disk is incomplete, altered or too new, or cannot be written
├── RunError         a run cannot go on where it stopped, or another one is writing there
├── ServiceError     a service refuses what it is asked, or cannot be reached
└── DependencyError  an optional extra is not installed
"""

import difflib
from collections.abc import Iterable
from functools import partial
from typing import Any, final

from banian.conceal import conceal


class BanianError(Exception):
    """Base of every error raised on purpose; says what is wrong and what to do, and shows no secret.

    >>> print(SpecError("There is no table 'lnies'.", remedy="Write 'lines'."))
    There is no table 'lnies'.
    Remedy: Write 'lines'.
    """

    def __init__(self, problem: str, *, remedy: str) -> None:
        self.problem = conceal(problem)
        self.remedy = conceal(remedy)
        super().__init__(f"{self.problem}\nRemedy: {self.remedy}")

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), remedy=self.remedy), (self.problem,)


@final
class SpecError(BanianError):
    """The declaration contradicts itself or the tables it names."""


@final
class TableError(BanianError):
    """A raw table cannot be read, or breaks its declared keys, types or times."""


@final
class LabelError(BanianError):
    """A task has no labels to learn from."""


@final
class AskError(BanianError):
    """An ask is about nothing that the model knows, or its values are of the wrong type."""


@final
class LeakageError(BanianError):
    """A feature or label would look past its cutoff."""


@final
class BundleError(BanianError):
    """A bundle on disk is incomplete, altered or too new, or cannot be written."""


@final
class RunError(BanianError):
    """A run cannot go on where it stopped, or another one is writing there."""


@final
class ServiceError(BanianError):
    """A service refuses what it is asked, or cannot be reached."""


@final
class DependencyError(BanianError):
    """An optional extra is not installed."""


def nearest(name: str, existing: Iterable[str]) -> str:
    """Say which existing name was probably meant, and which there are.

    >>> nearest("lnies", ["lines", "customers"])
    "Did you mean 'lines'? There are: customers, lines."
    >>> nearest("lines", [])
    'There are none.'
    """
    names = sorted(existing)
    if not names:
        return "There are none."
    folded = {known.casefold(): known for known in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    guess = f"Did you mean {folded[close[0]]!r}? " if close else ""
    return f"{guess}There are: {', '.join(names)}."
