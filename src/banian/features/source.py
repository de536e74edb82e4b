"""Where what is known of entities comes from: the tables of an engine, or a store that answers in microseconds."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64

from banian.features.entity_plan import EntityPlan, HistoryPlan, plan_entity
from banian.features.feature import Feature
from banian.features.feature_columns import FeatureColumns
from banian.features.groups import KnownTogether
from banian.features.path import EventPath
from banian.features.plan import Described, Types, entities_of_entity
from banian.features.row_plan import RowPlan, plan_row, refuse_joint_twins
from banian.features.sequence import Newest
from banian.features.summary import Columns
from banian.features.window import WindowedEvents, WindowEvents
from banian.spec import ShopSpec
from banian.spec.window import Offset

Asks = TypeVar("Asks")
"""Who is asked about, and when, as a source holds it: rows of an engine, or keys and ticks in memory."""


@final
@dataclass(frozen=True)
class Stretch:
    """Some asks, and the events that they see.

    Args:
        ask: which asks these are.
        columns: the columns, some at a time, with what ran along of them; the events themselves among them.
        newest: gives, once all columns were gone through, what sequences show of the events of each path whose columns
            become known together.

    """

    ask: Int64[np.ndarray, " ask"]
    columns: Iterator[Columns]
    newest: Callable[[], Iterable[tuple[EventPath, KnownTogether, Newest]]]


class AbstractEventSource(ABC, Generic[Asks]):
    """What is known of entities, at the instants at which they are asked about.

    Everything is given in the order of the asks. An ask sees what was known before its instant.

    Args:
        spec: the shop.
        types: the types of its columns.

    """

    def __init__(self, spec: ShopSpec, types: Types) -> None:
        self.spec, self.types = spec, types
        self._plans: dict[tuple[str, bool, str | None], EntityPlan] = {}
        self._rows: dict[str, RowPlan] = {}
        self._entities: dict[str, tuple[Described, ...]] = {}

    def plan(self, entity: str, *, has_time: bool, besides: str | None) -> EntityPlan:
        """Give what is said of an entity; planned once."""
        key = entity, has_time, besides
        if key not in self._plans:
            self._plans[key] = plan_entity(
                self.spec,
                self.types,
                entity,
                lambda path: self.describes(entity, path),
                has_time=has_time,
                besides=besides,
            )
        return self._plans[key]

    def plan_row(self, table: str) -> RowPlan:
        """Give what is said of asking rows of a table; planned once."""
        if table not in self._rows:
            planned, has_time = plan_row(self.spec, self.types, table), self.has_time(table)
            names = {
                one.name: tuple(self.plan(one.entity, has_time=has_time, besides=table).names)
                for one in planned.entities
            }
            own = *(one.name for one in planned.own), *planned.relative
            refuse_joint_twins({table: own, **names})
            self._rows[table] = planned
        return self._rows[table]

    def entities(self, entity: str) -> tuple[Described, ...]:
        """Give who is described where an entity is asked about; planned once."""
        if entity not in self._entities:
            found = entities_of_entity(self.spec, entity)
            plans = {one.name: self.plan(one.entity, has_time=True, besides=None) for one in found}
            refuse_joint_twins({name: tuple(plan.names) for name, plan in plans.items()})
            self._entities[entity] = found
        return self._entities[entity]

    def has_time(self, table: str) -> bool:
        """Say whether rows of a table are as of an instant."""
        return self.spec.source(table).time is not None

    @abstractmethod
    def keys(self, asks: Asks) -> pa.Array:
        """Give who is asked about, as text; null where nobody is."""

    @abstractmethod
    def distinct(self, asks: Asks) -> tuple[Asks, Int64[np.ndarray, " ask"] | None]:
        """Ask once what several ask alike, and say which of these each ask is; nothing where all stay as they are."""

    @abstractmethod
    def linked(self, asks: Asks, column: str) -> Asks:
        """Ask about what a link column of the asking rows names."""

    @abstractmethod
    def onward(self, asks: Asks, one: Described, *, has_time: bool) -> Asks:
        """Ask about the entity to which those that are asked about link on; it is known as soon as they are."""

    @abstractmethod
    def itself(self, asks: Asks, table: str, features: Sequence[Feature]) -> FeatureColumns:
        """Give features of the asking rows of a table."""

    @abstractmethod
    def attributes(
        self, asks: Asks, entity: str, features: Sequence[Feature], *, has_time: bool
    ) -> tuple[FeatureColumns, Bool[np.ndarray, " ask"]]:
        """Give features of the entity's own row as far as they were known, and whether there was such a row."""

    @abstractmethod
    def describes(self, entity: str, path: EventPath) -> bool:
        """Say whether a table without time has one row for whoever it describes."""

    @abstractmethod
    def description(
        self,
        asks: Asks,
        entity: str,
        path: EventPath,
        features: Sequence[Feature],
        present: Bool[np.ndarray, " ask"],
    ) -> FeatureColumns:
        """Give features of the row by which a table without time describes an entity, where that is present."""

    @abstractmethod
    def stretches(
        self, asks: Asks, entity: str, histories: Sequence[HistoryPlan]
    ) -> Iterator[Stretch]:
        """Give the events that the asks see, stretch by stretch; every group of columns comes once for each ask."""

    @abstractmethod
    def count(self, asks: Asks) -> int:
        """Count the asks."""

    @abstractmethod
    def own(self, asks: Asks, columns: Sequence[str], entity: str | None) -> pa.Table:
        """Give columns of the asking rows of a table, or of the entity's own row where it is there; times as ticks."""

    @abstractmethod
    def window_events(
        self, asks: Asks, read: WindowedEvents, starts: Sequence[Offset], where: str
    ) -> Iterator[WindowEvents]:
        """Give the events that windows before the asks may hold, some asks at a time; at least once.

        An ask that names no key is in none of them. `starts` says where the windows begin, as seen from each ask: what
        was before all of them may be left out. `where` names the windows' place in the spec.
        """

    @abstractmethod
    def level_sql(self, task: str) -> str | None:
        """Give the query by which a task's level follows from its windows, as `compile_level` spells it."""

    @abstractmethod
    def condition_sql(self, task: str) -> str | None:
        """Give the query by which it follows whether a task's WHERE holds, as `compile_condition` spells it."""
