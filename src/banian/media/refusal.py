"""Why a value is set aside: few reasons, which name no value, so that they can be counted and shown."""

from dataclasses import dataclass
from typing import final


@final
class MediaRefusal(Exception):
    """A file that is no image or sound as we take them; a column's reader counts it and goes on.

    Args:
        reason: What is wrong, as the end of a sentence that begins with "It".

    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@final
@dataclass(frozen=True)
class SetAside:
    """Values of a column that were set aside, or changed, for one reason.

    Args:
        reason: What is wrong with them, as the end of a sentence that begins with "It".
        count: Rows that it concerns.
        first_row: The first of these rows, counted from 0.

    """

    reason: str
    count: int
    first_row: int
