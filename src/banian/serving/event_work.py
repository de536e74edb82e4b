"""What a service must be given so that events are known: it loads no engine itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, final

from banian.bundle import Bundle
from banian.features.appended import Appended
from banian.features.taking_rows import AbstractLiveStore

OpenStore: TypeAlias = Callable[[Bundle, Path], AbstractLiveStore]
"""Opens the store of a run; what reads tables is loaded when it is first called."""
FoldEvents: TypeAlias = Callable[[Path, int | None], Appended]
"""Appends to the store of a run what its log has beyond it, up to a number, and says what became of these rows."""


@final
@dataclass(frozen=True)
class EventWork:
    """How events are taken in: functions of a module, so that another process can be given them.

    Args:
        open_store: opens a store that takes rows in.
        fold: brings the store on the disk up to the log.

    """

    open_store: OpenStore
    fold: FoldEvents
