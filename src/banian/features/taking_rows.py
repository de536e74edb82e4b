"""The contract of a store that takes rows in while it answers; no engine is needed to hold one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import pyarrow as pa

from banian.features.appended import Appended
from banian.features.stored_events import StoredEvents


class AbstractLiveStore(ABC):
    """A store that takes rows in."""

    applied: int
    """Number of the newest event that the store on the disk holds."""
    events: StoredEvents
    """What is known now."""

    @abstractmethod
    def add(self, rows: Mapping[str, pa.Table]) -> Appended | None:
        """Take rows in; none, and nothing is taken, where the store on the disk has to take them."""
