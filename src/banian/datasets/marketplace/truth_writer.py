"""The true probability of every label, and what came of it."""

from typing import Any, final

import numpy as np
import pyarrow as pa

from banian.datasets.marketplace.arrow_columns import coded
from banian.datasets.marketplace.words import SCENES
from banian.datasets.marketplace.writer import TableWriter

_TABLES = ("impressions", "lines", "payments", "assignments")
_LABELS = ("clicked", "carted", "bought", "returned", "charged_back", "responded")


@final
class TruthWriter:
    """Writes the table `truth`, the probabilities that labels were drawn with, and sums what to expect.

    Args:
        writer: Takes the rows of the table.

    """

    def __init__(self, writer: TableWriter) -> None:
        self._writer = writer
        self._sums: dict[tuple[str, str, str | None, str], np.ndarray] = {}

    def add(
        self,
        table: str,
        key: np.ndarray,
        label: str,
        probability: np.ndarray,
        value: np.ndarray,
        *,
        given: str | None = None,
        scene: np.ndarray | None = None,
        content: np.ndarray | None = None,
    ) -> None:
        """Add the rows of a table whose label was drawn with these probabilities.

        Args:
            table: The table of the rows.
            key: Their keys.
            label: The label.
            probability: The probabilities.
            value: What came of them.
            given: The label that must have come true for this one to be asked.
            scene: Where the rows were shown, for the sums.
            content: What words and photos add to the log-odds; absent where they add nothing to any row.

        """
        count = len(key)

        def all_are(word: str | None, vocabulary: tuple[str, ...]) -> pa.Array:
            code = -1 if word is None else vocabulary.index(word)
            return coded(np.full(count, code), vocabulary)

        self._writer.add(
            "truth",
            table=all_are(table, _TABLES),
            key=key,
            label=all_are(label, _LABELS),
            given=all_are(given, _LABELS),
            probability=probability,
            content=pa.nulls(count, pa.float32())
            if content is None
            else content.astype(np.float32),
            value=value,
        )
        self._count((table, label, given, "all"), probability, value)
        if scene is not None:
            for at, name in enumerate(SCENES):
                here = scene == at
                self._count((table, label, given, name), probability[here], value[here])

    def _count(
        self, what: tuple[str, str, str | None, str], probability: np.ndarray, value: np.ndarray
    ) -> None:
        spread = float((probability * (1 - probability)).sum())
        sums = np.array([len(value), float(probability.sum()), spread, float(value.sum())])
        self._sums[what] = self._sums.get(what, np.zeros(4)) + sums

    def summary(self) -> list[dict[str, Any]]:
        """Compare what was to be expected with what came, by table, label and scene."""
        return [
            {
                "table": table,
                "label": label,
                "given": given,
                "scene": scene,
                "rows": int(rows),
                "expected": round(expected, 6),
                "standard_deviation": round(float(np.sqrt(spread)), 6),
                "observed": int(observed),
            }
            for (table, label, given, scene), (rows, expected, spread, observed) in sorted(
                self._sums.items(), key=lambda item: tuple(str(part) for part in item[0])
            )
        ]
