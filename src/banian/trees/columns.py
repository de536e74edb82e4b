"""The features of a grain as one matrix: a column per feature, of a text several."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int64

from banian.examples import GrainExamples
from banian.features.codecs import FIRST, Vocabulary, fit_vocabulary, refuse_lacking
from banian.features.held_rows import hold_rows
from banian.spec import Content
from banian.trees.text_columns import TextColumns, fit_text_columns

_SCENE = "scene"
_MOST_VALUES = 10_000
_LARGEST = float(np.finfo(np.float32).max)
_CELLS_AT_ONCE = 2**24


@final
@dataclass(frozen=True)
class TreeColumns:
    """Which features make the matrix, and the vocabularies of those that are categories.

    A number stays what it is; an unknown one, or one of an absent entity, is NaN. A category becomes the place of its
    value, NaN where training rows carried it fewer than ten times. A text becomes few numbers, NaN where there is none.

    Args:
        numbers: the features that are numbers.
        categories: feature → its known values.
        texts: feature → the numbers that its texts become.

    """

    numbers: tuple[str, ...]
    categories: Mapping[str, Vocabulary]
    texts: Mapping[str, TextColumns] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Name the columns of the matrix in their order."""
        of_texts = (f"{n}.text.{at}" for n, one in self.texts.items() for at in range(one.width))
        return [*self.numbers, *self.categories, *of_texts]

    def to_matrix(
        self, rows: GrainExamples, chosen: Int64[np.ndarray, " chosen"] | None = None
    ) -> Float[np.ndarray, "row column"]:
        """Lay out rows, or chosen ones some at a time; what is not known is NaN. Of very many rows it lies on disk.

        Raises:
            TableError: rows lack a feature.
            RunError: the disk is full.

        """
        if chosen is None:
            return self._to_matrix(rows)
        held = hold_rows(len(chosen), (len(self.names),), np.float32)
        at_once = max(1, _CELLS_AT_ONCE // max(1, len(self.names)))
        for start in range(0, max(len(chosen), 1), at_once):
            held.append(self._to_matrix(rows.take(chosen[start : start + at_once])))
        return held.whole()

    def _to_matrix(self, rows: GrainExamples) -> Float[np.ndarray, "row column"]:
        matrix = np.full((len(rows), len(self.names)), np.nan, np.float32)
        place = {name: at for at, name in enumerate(self.names)}
        wanted = {*self.numbers, *self.categories, *self.texts}
        refuse_lacking(rows.grain, sorted(wanted - {name for name, *_ in _features(rows)}))
        for name, column, present, _ in _features(rows):
            if name in self.texts:
                first = place[f"{name}.text.0"]
                part = slice(first, first + self.texts[name].width)
                matrix[present, part] = self.texts[name].project(column)[present]
            if name in self.categories:
                codes = self.categories[name].encode(column)
                values = np.where(codes >= FIRST, codes - FIRST, np.nan)
            elif name in place:
                values = np.clip(column.to_numpy(), -_LARGEST, _LARGEST)
            else:
                continue
            matrix[present, place[name]] = values[present]
        return matrix

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {
            "numbers": list(self.numbers),
            "categories": {n: v.values.to_pylist() for n, v in self.categories.items()},
            "texts": {name: one.to_dict() for name, one in self.texts.items()},
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Give what is too long for JSON, by name."""
        texts = enumerate(self.texts.values())
        return {f"{at}/{name}": a for at, one in texts for name, a in one.arrays().items()}

    @classmethod
    def from_parts(cls, tree: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> "TreeColumns":
        """Read what `to_dict` and `arrays` gave."""
        categories = {
            name: Vocabulary(pa.array(values, pa.large_string()))
            for name, values in tree["categories"].items()
        }
        texts = {}
        for at, (name, part) in enumerate(tree["texts"].items()):
            own = {n.partition("/")[2]: a for n, a in arrays.items() if n.startswith(f"{at}/")}
            texts[name] = TextColumns.from_parts(part, own)
        return cls(tuple(tree["numbers"]), categories, texts)


def fit_columns(rows: GrainExamples, training: Bool[np.ndarray, " row"]) -> TreeColumns:
    """Choose the features that vary on the training rows."""
    numbers, categories, texts = [], {}, {}
    chosen = pa.array(training)
    for name, column, present, content in _features(rows):
        if content == "text" and (found := fit_text_columns(column, training & present)):
            texts[name] = found
        seen = column.filter(pc.and_(chosen, pa.array(present)))
        if pa.types.is_floating(column.type):
            extremes = pc.min_max(seen).as_py()
            absent = seen.null_count + int((training & ~present).sum())
            if extremes["min"] is not None and (absent or extremes["min"] < extremes["max"]):
                numbers.append(name)
        else:
            vocabulary = fit_vocabulary(seen, most=_MOST_VALUES)
            if len(vocabulary.values):
                categories[name] = vocabulary
    return TreeColumns(tuple(numbers), categories, texts)


def _features(
    rows: GrainExamples,
) -> Iterator[tuple[str, pa.ChunkedArray, Bool[np.ndarray, " row"], Content | None]]:
    everywhere = np.ones(len(rows), np.bool_)
    yield _SCENE, pa.chunked_array([rows.scene], pa.string()), everywhere, None
    for entity, seen in sorted(rows.entities.items()):
        features = seen.to_arrow()
        for name in features.columns.column_names:
            content = seen.contents.get(name)
            yield f"{entity}.{name}", features.columns[name], features.present, content
