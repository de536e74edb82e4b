"""What a source says of one entity, laid out once: features of its row, of tables that describe it, of its history."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Int64

from banian.errors import SpecError
from banian.features.columns import contents_of, own_features, refuse_twins
from banian.features.feature import Feature
from banian.features.groups import KnownTogether, group_columns
from banian.features.path import EventPath, paths_to, static_paths_to
from banian.features.plan import Types, attributes_of, history_features, static_features
from banian.features.summary import STATISTICS, ColumnKind
from banian.features.windows import Statistic
from banian.spec import Content, NoSequencesSpec, ShopSpec

_Columns: TypeAlias = tuple[tuple[str, str | None], ...]


@final
@dataclass(frozen=True)
class HistoryPlan:
    """What is made of the events of one path.

    Args:
        path: how they reach the entity.
        groups: their columns, by when they become known.
        names: column and statistic → the name of the feature; sorted by name.
        has_sequences: whether the model reads the newest events, too.

    """

    path: EventPath
    groups: tuple[KnownTogether, ...]
    names: Mapping[tuple[str | None, Statistic], str]
    has_sequences: bool


@final
class FeaturePlaces:
    """Where the features of some histories stand when they are put side by side, sorted by name.

    Args:
        histories: of whose events they are made.

    """

    def __init__(self, histories: Iterable[HistoryPlan]) -> None:
        named = sorted(
            (name, (history.path.name, *made))
            for history in histories
            for made, name in history.names.items()
        )
        self.names = tuple(name for name, _ in named)
        """Their names."""
        self._places = {made: place for place, (_, made) in enumerate(named)}
        self._known: dict[tuple[ColumnKind, _Columns], Int64[np.ndarray, "statistic column"]] = {}

    def of(self, kind: ColumnKind, columns: _Columns) -> Int64[np.ndarray, "statistic column"]:
        """Give the places of all statistics of some columns (path and name) of a kind; looked for once."""
        key = kind, columns
        if key not in self._known:
            places = [[self._places[*one, made] for one in columns] for made in STATISTICS[kind]]
            shape = len(STATISTICS[kind]), len(columns)
            self._known[key] = np.array(places, np.int64).reshape(shape)
        return self._known[key]


@final
@dataclass(frozen=True)
class EntityPlan:
    """What a source says of one entity.

    Args:
        has_time: whether it is asked about at instants, so that it has a history.
        own: features of its own row.
        described: features of each table without time that describes it.
        histories: what is made of events.
        links: column of a sequence → the entity that it names.
        places: where the features of events stand.
        contents: feature → what it holds, where an encoder of its own reads it.

    """

    has_time: bool
    own: tuple[Feature, ...]
    described: tuple[tuple[EventPath, tuple[Feature, ...]], ...]
    histories: tuple[HistoryPlan, ...]
    links: Mapping[str, str]
    places: FeaturePlaces
    contents: Mapping[str, Content]

    @property
    def names(self) -> Iterator[str]:
        """The names of all features, those of events in sequences left out."""
        yield from (one.name for one in self.own)
        yield from (one.name for _, features in self.described for one in features)
        yield from (name for history in self.histories for name in history.names.values())


def plan_entity(
    spec: ShopSpec,
    types: Types,
    entity: str,
    describes: Callable[[EventPath], bool],
    *,
    has_time: bool,
    besides: str | None,
) -> EntityPlan:
    """Lay out what a source says of an entity.

    `describes` says whether a table without time has one row for whoever it describes; the table `besides`, whose
    rows ask, does not describe them, too.

    Raises:
        SpecError: two features, or two sequences, have one name.

    """
    names = attributes_of(spec, types, entity, has_time=has_time) if entity in types else ()
    own = tuple(own_features(spec, entity, types[entity], names)) if names else ()
    described = tuple(
        (path, tuple(static_features(spec, types, entity, path)))
        for path in static_paths_to(spec, entity)
        if path.table != besides and describes(path)
    )
    features = [*own, *(one for _, found in described for one in found)]
    histories, links, sequences = list[HistoryPlan](), dict[str, str](), set[str]()
    has_sequences = not isinstance(spec.model.sequences, NoSequencesSpec)
    for path in paths_to(spec, entity) if has_time else ():
        groups = group_columns(spec, types[path.table], path)
        planned = history_features(spec, types, entity, path, groups)
        names_of = {place: one.name for place, one in planned.items()}
        in_order = dict(sorted(names_of.items(), key=lambda one: one[1]))
        histories.append(HistoryPlan(path, groups, in_order, has_sequences))
        features += planned.values()
        newest = {group.sequence_of(path) for group in groups}
        if taken := sequences & newest:
            raise SpecError(
                f"tables: {path.name} and another table give sequences of one name, {min(taken)!r}.",
                remedy="Rename one of the two tables.",
            )
        sequences |= newest
        named = spec.source(path.table).links
        links |= {f"{path.name}.{column}": to for column, to in named.items()}
    refuse_twins(features, of=entity)
    places = FeaturePlaces(histories)
    contents = contents_of(spec, features)
    return EntityPlan(has_time, own, described, tuple(histories), links, places, contents)
