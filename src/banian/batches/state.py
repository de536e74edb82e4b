"""What the features looked like on training rows; everything that encoding needs to remember."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, final

import pyarrow as pa

from banian.batches.fields import Fields
from banian.features.codecs import (
    FEWEST_BINS,
    SPECIALS,
    AbstractCategories,
    Buckets,
    NumberCodec,
    NumberCodecs,
    Vocabulary,
)
from banian.schema import RESERVED

ID = RESERVED + "id"
"""The field that says which entity it is; no column of the user's own is called so."""
_COLUMNS = ("entity", "path", "field", "value")
_SCENE = ""  # where the scenes stand among the vocabularies: no entity has an empty name


@final
@dataclass(frozen=True)
class EntityState:
    """The fields of one entity, or of the events of a sequence; those that never varied left out.

    Args:
        numbers: numeric field → its codec.
        categories: categorical field, the id among them → its codec.
        bins: into how many bins the ranks of a number fall.
        sequences: path → what its events looked like.

    """

    numbers: Mapping[str, NumberCodec]
    categories: Mapping[str, AbstractCategories]
    bins: int = FEWEST_BINS
    sequences: Mapping[str, "SequenceState"] = field(default_factory=dict)
    number_codecs: NumberCodecs = field(init=False, repr=False, compare=False)
    """The numbers side by side."""
    columns: frozenset[str] = field(init=False, repr=False, compare=False)
    """The fields that stand in a column: all but the id."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "number_codecs", NumberCodecs(self.numbers))
        object.__setattr__(self, "columns", frozenset({*self.numbers, *self.categories} - {ID}))

    @property
    def fields(self) -> Fields:
        """The shape that an encoder needs to know."""
        sizes = tuple(categories.size for categories in self.categories.values())
        events = {path: sequence.fields for path, sequence in self.sequences.items()}
        names = tuple(self.categories)
        return Fields(len(self.numbers), SPECIALS, sizes, names, self.bins, events)

    def to_dict(self) -> dict[str, Any]:
        """Give the numbers as plain values; of vocabularies only where they are."""
        return {
            "numbers": {name: number.to_dict() for name, number in self.numbers.items()},
            "categories": {
                name: categories.count if isinstance(categories, Buckets) else None
                for name, categories in self.categories.items()
            },
            "bins": self.bins,
            "sequences": {path: state.to_dict() for path, state in self.sequences.items()},
        }

    def vocabularies(self) -> Iterator[tuple[str, str, str]]:
        """Give every value: path, field, value; the path is empty for what is no event's."""
        for name, categories in self.categories.items():
            if isinstance(categories, Vocabulary):
                yield from (("", name, value) for value in categories.values)
        for path, sequence in self.sequences.items():
            yield from ((path, name, value) for _, name, value in sequence.events.vocabularies())

    @classmethod
    def from_parts(
        cls, tree: Mapping[str, Any], values: Mapping[tuple[str, str], list[str]], path: str = ""
    ) -> "EntityState":
        """Read what `to_dict` gave, and values by path and field."""
        return cls(
            {name: NumberCodec.from_dict(n) for name, n in tree["numbers"].items()},
            {
                name: Vocabulary(tuple(values.get((path, name), ())))
                if count is None
                else Buckets(count)
                for name, count in tree["categories"].items()
            },
            tree["bins"],
            {
                path: SequenceState.from_parts(part, values, path)
                for path, part in tree["sequences"].items()
            },
        )


@final
@dataclass(frozen=True)
class SequenceState:
    """The newest events of an entity.

    Args:
        events: the fields of an event.
        links: categorical field → the entity whose ids are its values, in the same codes.
        steps: how many events a row sees at most.
        age_centre: mean of the logarithm of 1 + an event's age in days.
        age_scale: its standard deviation.

    """

    events: EntityState
    links: Mapping[str, str]
    steps: int
    age_centre: float
    age_scale: float

    @property
    def fields(self) -> Fields:
        """The shape that an encoder needs to know."""
        return replace(self.events.fields, links=self.links, steps=self.steps)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values, the vocabularies left out."""
        return {**vars(self), "events": self.events.to_dict(), "links": dict(self.links)}

    @classmethod
    def from_parts(
        cls, tree: Mapping[str, Any], values: Mapping[tuple[str, str], list[str]], path: str
    ) -> "SequenceState":
        """Read what `to_dict` gave, and values by path and field."""
        events = EntityState.from_parts(tree["events"], values, path)
        return cls(**{**tree, "events": events})


@final
@dataclass(frozen=True)
class FeatureState:
    """The fields of all entities, and the scenes.

    Args:
        entities: entity, and the calendar where it is read → its fields.
        scenes: the known scenes.
        calendar: the grains whose rows know the calendar.
        lacking: grain → entity → the fields that rows of other grains have, and these never had.

    """

    entities: Mapping[str, EntityState]
    scenes: Vocabulary
    calendar: tuple[str, ...] = ()
    lacking: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Fields]:
        """Map each entity to the shape that its encoder needs to know."""
        return {entity: state.fields for entity, state in self.entities.items()}

    def to_dict(self) -> dict[str, Any]:
        """Give the numbers as plain values; the vocabularies go to `vocabularies`."""
        entities = {entity: state.to_dict() for entity, state in self.entities.items()}
        lacking = {
            grain: {entity: list(names) for entity, names in found.items()}
            for grain, found in self.lacking.items()
        }
        return {"entities": entities, "calendar": list(self.calendar), "lacking": lacking}

    def vocabularies(self) -> pa.Table:
        """Give every vocabulary, one row per value: entity, path, field, value."""
        rows = [(_SCENE, "", _SCENE, value) for value in self.scenes.values]
        for entity, state in self.entities.items():
            rows += [(entity, *found) for found in state.vocabularies()]
        columns = {name: [row[at] for row in rows] for at, name in enumerate(_COLUMNS)}
        return pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})

    @classmethod
    def from_parts(cls, tree: Mapping[str, Any], vocabularies: pa.Table) -> "FeatureState":
        """Read what `to_dict` and `vocabularies` gave."""
        values: dict[str, dict[tuple[str, str], list[str]]] = {}
        columns = (vocabularies[name].to_pylist() for name in _COLUMNS)
        for entity, path, name, value in zip(*columns, strict=True):
            values.setdefault(entity, {}).setdefault((path, name), []).append(value)
        entities = {
            entity: EntityState.from_parts(part, values.get(entity, {}))
            for entity, part in tree["entities"].items()
        }
        scenes = values.get(_SCENE, {}).get(("", _SCENE), ())
        lacking = {
            grain: {entity: tuple(names) for entity, names in found.items()}
            for grain, found in tree["lacking"].items()
        }
        return cls(entities, Vocabulary(tuple(scenes)), tuple(tree["calendar"]), lacking)
