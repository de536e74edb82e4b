"""A request that is not answered: the status, what is wrong and what to do, and never a value of a row."""

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import final

from banian.errors import (
    AskError,
    BanianError,
    BundleError,
    RunError,
    SpecError,
    TableError,
)
from banian.storage import strict_json

PROBLEM = "application/problem+json"
"""Media type of what is said instead of an answer (RFC 9457)."""
_LATER, _LONGEST = 1.0, 2_000


@final
class Refusal(Exception):
    """A request is refused.

    Args:
        status: of HTTP.
        problem: what was found.
        remedy: what to do.
        retry_after: seconds after which it may be tried again; none where that would not help.

    """

    def __init__(
        self, status: int, problem: str, *, remedy: str, retry_after: float | None = None
    ) -> None:
        super().__init__(problem)
        self.status, self.problem, self.remedy = status, problem, remedy
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the response."""
        found = {"content-type": PROBLEM}
        if self.retry_after is not None:
            found["retry-after"] = str(max(1, ceil(self.retry_after)))
        if self.status == HTTPStatus.UNAUTHORIZED:
            found["www-authenticate"] = "Bearer"
        return found

    def body(self, request_id: str) -> bytes:
        """Write it as JSON."""
        tree: Mapping[str, object] = {
            "status": self.status,
            "title": HTTPStatus(self.status).phrase,
            "problem": self.problem[:_LONGEST],
            "remedy": self.remedy[:_LONGEST],
            "request_id": request_id,
        }
        return strict_json(tree, only_ascii=True).encode()


def refusal_of(error: BanianError) -> Refusal:
    """Say of an error whether it is the asker's, or the service cannot answer now."""
    match error:
        case AskError() | SpecError() | TableError():
            return Refusal(422, error.problem, remedy=error.remedy)
        case BundleError() | RunError():
            return Refusal(503, error.problem, remedy=error.remedy, retry_after=_LATER)
        case _:
            return unforeseen()


def unforeseen() -> Refusal:
    """Refuse since something failed that nobody foresaw; what it was stands in the log alone."""
    return Refusal(
        503,
        "The service failed at this request.",
        remedy="Try again; if it fails again, look for its request_id in the log.",
        retry_after=_LATER,
    )
