"""The whole declaration: tables, tasks, split, model."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, final

from pydantic import BeforeValidator, Field, model_validator

from banian.errors import nearest
from banian.spec.availability import parse_availability
from banian.spec.balance import named_tasks
from banian.spec.base import AbstractSpec
from banian.spec.lookup import check_lookup
from banian.spec.model import ModelSpec
from banian.spec.node import Aggregate, columns_of, windowed_of
from banian.spec.pii import check_pii
from banian.spec.query import read_query
from banian.spec.question import parse_question
from banian.spec.serve import ServeWith
from banian.spec.served import ServedColumns, check_served, lookup_path
from banian.spec.split import IdSplitSpec, SplitSpec, TimeSplitSpec
from banian.spec.table import DerivedTableSpec, SourceTableSpec, TableSpec
from banian.spec.task import EntityTaskSpec, RowTaskSpec, TaskSpec
from banian.spec.train import TrainSpec
from banian.spec.weight import check_weight


def _read_question(value: Any) -> Any:  # noqa: ANN401
    return parse_question(value) if isinstance(value, str) else value


_ANY_KEY = frozenset({"id", "key", "code", "name", "no", "nr", "number", "uuid", "guid"})
"""Names that keys of unlike tables share."""


@final
class ShopSpec(AbstractSpec):
    """What a shop has, what it asks, and how the answers are judged."""

    shop: str = Field(pattern=r"^[\w-]+$")
    """Name of the shop, and of the folder its runs go to."""
    tables: dict[str, TableSpec] = Field(min_length=1)
    """Name → table."""
    tasks: dict[str, Annotated[TaskSpec, BeforeValidator(_read_question)]]
    """Name → question, as text or as a mapping; none where they are still to be proposed."""
    split: SplitSpec
    """Which rows train, select and judge."""
    model: Annotated[ModelSpec, BeforeValidator(lambda value: {} if value == "auto" else value)] = (
        Field(default_factory=ModelSpec)
    )
    """The network; `auto` takes the defaults."""
    train: TrainSpec = Field(default_factory=TrainSpec)
    """How long and how fast to learn."""
    serve_with: ServeWith = ("joint", "twin", "trees")
    """What answers each task."""
    serve: ServedColumns = Field(default_factory=dict)
    """Table whose rows ask → column that nobody knows yet when a row is served → what stands for it."""

    def source(self, table: str) -> SourceTableSpec:
        """Say which file-backed table holds the rows of a table or of a derived entity."""
        found = self.tables[table]
        return self.source(found.from_) if isinstance(found, DerivedTableSpec) else found

    def links_to(self, entity: str) -> Mapping[str, tuple[str, ...]]:
        """Map every source table that links to an entity to its linking columns, both sorted.

        A table without time whose key is that of the entity links to it by its key, unless it is an entity itself.
        """
        links = {
            name: tuple(sorted(column for column, to in table.links.items() if to == entity))
            for name, table in sorted(self.tables.items())
            if isinstance(table, SourceTableSpec)
        }
        for name in links:
            if not links[name] and self._shares_key(name, entity):
                links[name] = (str(self.tables[name].key),)
        return {name: columns for name, columns in links.items() if columns}

    def _shares_key(self, name: str, entity: str) -> bool:
        """Say whether a table without time, which nothing else uses, is named by the key of an entity."""
        table, other = self.source(name), self.tables[entity]
        if table.time or not table.key or table.key != other.key or name == entity:
            return False
        used = {task.grain for task in self.tasks.values()}
        for there in self.tables.values():
            used |= (
                {there.from_} if isinstance(there, DerivedTableSpec) else {*there.links.values()}
            )
        return name not in used and table.key.casefold() not in _ANY_KEY

    def labels_of(self, table: str) -> Mapping[str, frozenset[str]]:
        """Map every task whose label stands in the rows of a table to the columns that it reads."""
        return {
            name: columns_of(task.tree)
            for name, task in self.tasks.items()
            if isinstance(task, RowTaskSpec) and task.rows == table and not task.is_windowed
        }

    def lookups_of_asks(self, table: str) -> Mapping[str, str]:
        """Map the columns of a row that asks which are looked up, where it does not say them, to LINK.COLUMN."""
        source = self.source(table)
        served = self.serve.get(table, {}).items()
        paths = {column: lookup_path(source, value) for column, value in served}
        return {**source.lookup, **{column: path for column, path in paths.items() if path}}

    def treatments_of(self, table: str) -> frozenset[str]:
        """Name the columns of a table that say how a row was treated, which some task asks about as a cause."""
        return frozenset(
            task.treatment
            for task in self.tasks.values()
            if isinstance(task, RowTaskSpec) and task.rows == table and task.treatment is not None
        )

    @model_validator(mode="after")
    def _names_exist(self) -> "ShopSpec":
        for kind, names in (("table", self.tables), ("task", self.tasks)):
            self._check_case(kind, names)
        for name, table in self.tables.items():
            match table:
                case DerivedTableSpec(from_=events):
                    self._expect_source(events, f"tables.{name}.from")
                case SourceTableSpec():
                    self._check_source(name, table)
        for name, task in self.tasks.items():
            match task:
                case RowTaskSpec():
                    self._check_row_task(name, task)
                case EntityTaskSpec():
                    self._check_entity_task(name, task)
            self._check_given(name, task)
            check_weight(name, self.tasks, self.tables, self.model.dependence)
        check_served(self.serve, self.tables, self.tasks)
        check_pii(self.tables)
        field, named = named_tasks(self.model.balance)
        for name in named:
            if name not in self.tasks:
                known = nearest(name, self.tasks)
                raise ValueError(f"model.balance.{field}.{name}: no task {name!r}. {known}")
        if self.model.adapters is not None and self.train.start_from is None:
            raise ValueError(
                "model.adapters: there is no pretrained network to adapt. Name one: train: {start_from: BUNDLE}"
            )
        return self

    def _check_case(self, kind: str, names: Iterable[str]) -> None:
        folded: dict[str, str] = {}
        for name in names:
            other = folded.setdefault(name.casefold(), name)
            if other != name:
                raise ValueError(
                    f"{kind}s {other!r} and {name!r} differ only in case. Rename one of them"
                )

    def _check_source(self, name: str, table: SourceTableSpec) -> None:
        for column, entity in table.links.items():
            where = f"tables.{name}.links.{column}"
            if entity not in self.tables:
                raise ValueError(f"{where}: no table {entity!r}. {nearest(entity, self.tables)}")
            if self.tables[entity].key is None:
                raise ValueError(f"{where}: {entity!r} has no key to link to. Give it one: key: …")
        for column, path in table.lookup.items():
            check_lookup(self.tables, name, table, column, path)
        for column, when in table.known_at.items():
            if table.time is None:
                raise ValueError(f"tables.{name}.known_at.{column}: the table needs a time")
            if column in (table.key, table.time, table.scene, *table.links):
                raise ValueError(
                    f"tables.{name}.known_at.{column}: keys, times, links and scenes are known "
                    f"with their row. Leave it out, or the link"
                )
            try:
                parse_availability(when)
            except ValueError as error:
                raise ValueError(f"tables.{name}.known_at.{column}: {error}") from None

    def _check_row_task(self, name: str, task: RowTaskSpec) -> None:
        table = self._expect_source(task.rows, f"tasks.{name}.rows")
        tuple(self._check_windows(name, task))
        if not task.is_windowed and (out := sorted(columns_of(task.tree) & set(table.ignore))):
            raise ValueError(
                f"tasks.{name}.label: {task.rows} ignores {out[0]!r}. Leave it out of ignore"
            )
        taken = (table.key, table.time, table.scene, *table.links)
        if not task.is_windowed and (own := sorted(columns_of(task.tree) & set(taken))):
            raise ValueError(
                f"tasks.{name}.label: {own[0]!r} is the row's own key, time, link or scene, "
                f"so it would also be a feature. Name a column that the row does not ask with"
            )
        if task.treatment is not None and task.treatment in (
            *taken,
            *columns_of(task.tree),
            *table.ignore,
            *table.known_at,
        ):
            raise ValueError(
                f"tasks.{name}.treatment: {task.treatment!r} is the row's key, time, link, scene or label, ignored or "
                f"known later. Name a column that says, and nothing else, how a row was treated"
            )
        if task.scenes and table.scene is None:
            raise ValueError(
                f"tasks.{name}.scenes: {task.rows!r} has no scene. "
                f"Give it one: tables.{task.rows}.scene: COLUMN"
            )
        needs_time = task.within is not None or task.is_windowed
        needs_time = needs_time or isinstance(self.split, TimeSplitSpec)
        if needs_time and table.time is None:
            raise ValueError(
                f"tasks.{name}: {task.rows!r} has no time, so nothing can come after its rows. "
                f"Give the table a time, or use split: {{by: id}} and a label column without within"
            )
        if isinstance(self.split, IdSplitSpec) and task.is_windowed:
            raise ValueError(f"tasks.{name}: a label over a window needs a split by time")

    def _check_entity_task(self, name: str, task: EntityTaskSpec) -> None:
        where = f"tasks.{name}"
        if task.for_each not in self.tables:
            known = nearest(task.for_each, self.tables)
            raise ValueError(f"{where}.for_each: no table {task.for_each!r}. {known}")
        if self.tables[task.for_each].key is None:
            raise ValueError(f"{where}.for_each: {task.for_each!r} has no key. Give it one: key: …")
        if isinstance(self.split, IdSplitSpec):
            raise ValueError(f"{where}: asking for each entity at cutoffs needs a split by time")
        for role, events in self._check_windows(name, task):
            if events not in self.links_to(task.for_each):
                raise ValueError(
                    f"{where}.{role}: {events!r} has no link to {task.for_each!r}. "
                    f"Write one: tables.{events}.links: {{COLUMN: {task.for_each}}}"
                )
        condition, entity = task.condition, self.tables[task.for_each]
        own = () if condition is None else sorted(columns_of(condition))
        if own and isinstance(entity, DerivedTableSpec):
            raise ValueError(
                f"{where}.where: {task.for_each!r} has no columns of its own, such as {own[0]!r}. "
                f"Ask its history: WHERE EXISTS({entity.from_}, -90d, 0)"
            )

    def _check_windows(self, name: str, task: TaskSpec) -> Iterator[tuple[str, str]]:
        """Check the tables whose events a task reads; give its field and the table for each."""
        condition = task.condition
        for role, node in (("label", task.tree), ("where", condition)):
            for part in () if node is None else windowed_of(node):
                if isinstance(part, Aggregate):
                    self._expect_events(part.table, f"tasks.{name}.{role}")
                    yield role, part.table
                else:
                    read_query(part.query, self._sources(), f"tasks.{name}.{role}")

    def _sources(self) -> set[str]:
        return {name for name, table in self.tables.items() if isinstance(table, SourceTableSpec)}

    def _check_given(self, name: str, task: RowTaskSpec | EntityTaskSpec) -> None:
        seen, here = {name}, name
        while task.given is not None:
            where, given = f"tasks.{name}.given", task.given
            if given not in self.tasks:
                raise ValueError(f"{where}: no task {given!r}. {nearest(given, self.tasks)}")
            if given in seen:
                raise ValueError(f"{where}: {here!r} leads back to {given!r}. Leave one given out")
            if self.tasks[given].grain != task.grain:
                about = self.tasks[given].grain
                raise ValueError(
                    f"{where}: {given!r} is about {about!r}, and {here!r} about {task.grain!r}. "
                    f"Only a task about the same can be given"
                )
            seen.add(given)
            task, here = self.tasks[given], given

    def _expect_events(self, events: str, where: str) -> None:
        if self._expect_source(events, where).time is None:
            raise ValueError(f"{where}: {events!r} has no time, so no window. Give it one.")

    def _expect_source(self, table: str, where: str) -> SourceTableSpec:
        sources = {n: t for n, t in self.tables.items() if isinstance(t, SourceTableSpec)}
        if isinstance(self.tables.get(table), DerivedTableSpec):
            raise ValueError(f"{where}: {table!r} has no rows of its own. {nearest('', sources)}")
        if table not in sources:
            raise ValueError(f"{where}: no table {table!r}. {nearest(table, sources)}")
        return sources[table]
