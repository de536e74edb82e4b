"""Rows of events that were decided and are written when their time comes."""

from typing import final

import numpy as np


@final
class EventQueue:
    """Keeps rows until their time; holds as many as wait, however long the simulation runs."""

    def __init__(self) -> None:
        self._waiting: list[dict[str, np.ndarray]] = []

    def add(self, at: np.ndarray, **columns: np.ndarray) -> None:
        """Let rows wait until `at`, in microseconds."""
        self._waiting.append({"at": at, **columns})

    def take(self, until: int) -> dict[str, np.ndarray]:
        """Hand out the rows whose time comes before `until`, in the order of time."""
        if not self._waiting:
            return {}
        names = self._waiting[0]
        rows = {name: np.concatenate([part[name] for part in self._waiting]) for name in names}
        due = rows["at"] < until
        self._waiting = [{name: column[~due] for name, column in rows.items()}]
        order = np.argsort(rows["at"][due], kind="stable")
        return {name: column[due][order] for name, column in rows.items()}
