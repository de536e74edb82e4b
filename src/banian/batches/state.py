"""What the features looked like on training rows; everything that encoding needs to remember."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np
import pyarrow as pa

from banian.batches.fields import Fields
from banian.features.codecs import (
    FEWEST_BINS,
    SPECIALS,
    AbstractCategories,
    Buckets,
    NumberCodec,
    NumberCodecs,
    TextCodec,
    Vocabulary,
)
from banian.schema import RESERVED

ID = RESERVED + "id"
"""The field that says which entity it is; no column of the user's own is called so."""
_NGRAMS = pa.struct([("bucket", pa.int64()), ("count", pa.int64())])
_VOCABULARIES = pa.schema(
    [
        ("entity", pa.string()),
        ("path", pa.string()),
        ("field", pa.string()),
        ("values", pa.large_list(pa.large_string())),
        ("idle", pa.large_list(pa.uint16())),
        ("ngrams", pa.large_list(_NGRAMS)),
    ]
)
_NOTHING = Vocabulary(pa.array([], pa.large_string()))
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
        texts: field of text → its codec.

    """

    numbers: Mapping[str, NumberCodec]
    categories: Mapping[str, AbstractCategories]
    bins: int = FEWEST_BINS
    sequences: Mapping[str, "SequenceState"] = field(default_factory=dict)
    texts: Mapping[str, TextCodec] = field(default_factory=dict)
    number_codecs: NumberCodecs = field(init=False, repr=False, compare=False)
    """The numbers side by side."""
    columns: frozenset[str] = field(init=False, repr=False, compare=False)
    """The fields that stand in a column: all but the id."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "number_codecs", NumberCodecs(self.numbers))
        object.__setattr__(
            self, "columns", frozenset({*self.numbers, *self.categories, *self.texts} - {ID})
        )

    @property
    def fields(self) -> Fields:
        """The shape that an encoder needs to know."""
        sizes = tuple(categories.size for categories in self.categories.values())
        events = {path: sequence.fields for path, sequence in self.sequences.items()}
        names = tuple(self.categories)
        texts = {name: codec.size for name, codec in self.texts.items()}
        return Fields(len(self.numbers), SPECIALS, sizes, names, texts, self.bins, events)

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
            "texts": {
                name: {"buckets": codec.buckets, "texts": codec.texts}
                for name, codec in self.texts.items()
            },
        }

    def vocabularies(self) -> Iterator[tuple[str, str, Vocabulary]]:
        """Give path, field and vocabulary; the path is empty for what is no event's.

        Those of events that name an entity are that entity's.
        """
        for name, categories in self.categories.items():
            if isinstance(categories, Vocabulary):
                yield "", name, categories
        for path, sequence in self.sequences.items():
            for _, name, categories in sequence.events.vocabularies():
                if name not in sequence.links:
                    yield path, name, categories

    def name_events(self, ids: Mapping[str, AbstractCategories]) -> "EntityState":
        """Let fields of events that name one of these entities be encoded as its ids are."""
        sequences = {}
        for path, sequence in self.sequences.items():
            named = {name: ids[other] for name, other in sequence.links.items() if other in ids}
            events = replace(sequence.events, categories={**sequence.events.categories, **named})
            sequences[path] = replace(sequence, events=events) if named else sequence
        return replace(self, sequences=sequences) if sequences else self

    @classmethod
    def from_parts(
        cls,
        tree: Mapping[str, Any],
        vocabularies: Mapping[tuple[str, str], Vocabulary],
        texts: Mapping[str, pa.StructArray] = {},
        path: str = "",
    ) -> "EntityState":
        """Read what `to_dict` gave, vocabularies by path and field, and what texts hold of n-grams, by field.

        Events still lack the ids that they name.
        """
        return cls(
            {name: NumberCodec.from_dict(n) for name, n in tree["numbers"].items()},
            {
                name: vocabularies.get((path, name), _NOTHING) if count is None else Buckets(count)
                for name, count in tree["categories"].items()
            },
            tree["bins"],
            {
                path: SequenceState.from_parts(part, vocabularies, path)
                for path, part in tree["sequences"].items()
            },
            {name: TextCodec.from_parts(texts[name], **t) for name, t in tree["texts"].items()},
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
        cls, tree: Mapping[str, Any], vocabularies: Mapping[tuple[str, str], Vocabulary], path: str
    ) -> "SequenceState":
        """Read what `to_dict` gave, and vocabularies by path and field."""
        events = EntityState.from_parts(tree["events"], vocabularies, path=path)
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
        """Give every vocabulary, one row each: entity, path, field, values in the order of their codes, idle updates.

        What events name by an entity's ids is written once, as that entity's. A field of text has a row as well, with
        the n-grams that it knows, and in how many texts each was.
        """
        found = [(_SCENE, "", _SCENE, self.scenes)]
        texts = []
        for entity, state in self.entities.items():
            found += [(entity, *named) for named in state.vocabularies()]
            texts += [(entity, "", name, codec) for name, codec in state.texts.items()]
        named = [*(row[:3] for row in found), *(row[:3] for row in texts)]
        keys = (pa.array([row[at] for row in named], pa.string()) for at in range(3))
        none = [None] * len(texts)
        values = _nest([*(row[3].values for row in found), *none], pa.large_string())
        idle = [row[3].idle for row in found]
        lists = [*(None if one is None else pa.array(one) for one in idle), *none]
        ngrams = [*[None] * len(found), *(row[3].ngrams for row in texts)]
        held = (_nest(lists, pa.uint16()), _nest(ngrams, _NGRAMS))
        return pa.table([*keys, values, *held], schema=_VOCABULARIES)

    @classmethod
    def from_parts(cls, tree: Mapping[str, Any], vocabularies: pa.Table) -> "FeatureState":
        """Read what `to_dict` and `vocabularies` gave; the values are referred to, not copied."""
        found: dict[str, dict[tuple[str, str], Vocabulary]] = {}
        texts: dict[str, dict[str, pa.StructArray]] = {}
        for batch in vocabularies.to_batches():
            keys = zip(*(batch.column(at).to_pylist() for at in range(3)), strict=True)
            for at, (entity, path, name) in enumerate(keys):
                if batch["ngrams"][at].is_valid:
                    texts.setdefault(entity, {})[name] = batch["ngrams"][at].values
                    continue
                values, idle = batch["values"][at].values, batch["idle"][at].values
                vocabulary = Vocabulary(values, None if idle is None else idle.to_numpy())
                found.setdefault(entity, {})[path, name] = vocabulary
        entities = {
            entity: EntityState.from_parts(part, found.get(entity, {}), texts.get(entity, {}))
            for entity, part in tree["entities"].items()
        }
        ids = {e: state.categories[ID] for e, state in entities.items() if ID in state.categories}
        lacking = {
            grain: {entity: tuple(names) for entity, names in found.items()}
            for grain, found in tree["lacking"].items()
        }
        return cls(
            {entity: state.name_events(ids) for entity, state in entities.items()},
            found[_SCENE]["", _SCENE],
            tuple(tree["calendar"]),
            lacking,
        )


def _nest(parts: Sequence[pa.Array | None], of: pa.DataType) -> pa.Array:
    """Make a list of each part, all of values of one type, null where there is none."""
    arrays = [pa.array([], of) if part is None else part for part in parts]
    ends = pa.array(np.cumsum([0, *map(len, arrays)]), pa.int64())
    are_missing = pa.array([part is None for part in parts])
    return pa.LargeListArray.from_arrays(ends, pa.concat_arrays(arrays), mask=are_missing)
