"""Everything that a grain is told: the row itself, the entities that it names, and those that they name."""

from collections.abc import Iterator, Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import SpecError
from banian.examples.ask import Asks
from banian.examples.attributes import ASK, AT, ROW, read_attributes
from banian.examples.columns import (
    merge_columns,
    own_columns,
    own_numbers,
    refuse_twins,
)
from banian.examples.evaluate import OWN
from banian.examples.events import since_of
from banian.examples.examples import EntityFeatures
from banian.examples.features import Context, entity_features
from banian.examples.paths import onward_links, paths_to
from banian.spec import ShopSpec
from banian.tables import POSITION, Change, Database, Table


def entities_of_entity(
    database: Database, entity: str, asks: Asks, *, is_new: bool = False
) -> dict[str, EntityFeatures]:
    """Describe the entity that is asked about, and those that it links on to.

    Where they are `is_new`, a model knows their features already.
    """
    how = Context(has_time=True, rows_of=None, is_new=is_new)
    entities = {entity: entity_features(database, entity, asks.rows, how)}
    _add_parents(database, entities, entity, asks.rows, how)
    _refuse_twins(entities)
    return entities


def entities_of_row(
    database: Database, table: Table, asks: Asks, *, is_new: bool = False
) -> dict[str, EntityFeatures]:
    """Describe the asking row itself, every entity that it links to, and those that they link to."""
    has_time = table.spec.time is not None
    how = Context(has_time=has_time, rows_of=table.name, is_new=is_new)
    own = _own_features(database, table, asks)
    entities, linked = {table.name: own}, {}
    asked = {
        column: asks.rows.select("ask", "at", key=asks.rows[OWN + column])
        for column in table.spec.links
    }
    for column, entity in table.spec.links.items():
        name = entity if entity not in entities else f"{entity} by {column}"
        if name != entity and name in database.spec.tables:
            raise SpecError(
                f"tables.{name}: {table.name} calls {entity} so, to which it links by {column}.",
                remedy="Rename the table.",
            )
        seen = entity_features(database, entity, asked[column], how)
        entities[name] = linked[column] = seen
    for column, entity in table.spec.links.items():
        _add_parents(database, entities, entity, asked[column], how)
    if has_time:
        parts = [own.columns, *_relative_numbers(database.spec, table, own.columns, linked)]
        entities[table.name] = EntityFeatures(
            own.present, merge_columns(parts, of=table.name, rows=len(own.present))
        )
    _refuse_twins(entities)
    return entities


def _refuse_twins(entities: Mapping[str, EntityFeatures]) -> None:
    """Hold entity and feature, as trees write them, against each other: a.b of c is not b.c of a."""
    for entity, seen in entities.items():
        for other in entities:
            inner = f"{other}.".removeprefix(f"{entity}.")
            if other != entity and inner != f"{other}.":
                twins = {inner + name for name in entities[other].columns.column_names}
                refuse_twins([*seen.columns.column_names, *sorted(twins)], of=entity)


def _add_parents(
    database: Database,
    entities: dict[str, EntityFeatures],
    entity: str,
    asks: ir.Table,
    how: Context,
) -> None:
    """Add what an entity links on to, except what the row itself is told already."""
    for parent, asked in _parents_of(database, entity, asks, has_time=how.has_time):
        if parent not in entities:
            entities[parent] = entity_features(database, parent, asked, how)


def _own_features(database: Database, table: Table, asks: Asks) -> EntityFeatures:
    asked = asks.rows.select(
        **{ASK: asks.rows.ask, AT: asks.rows["at"], ROW: asks.rows[OWN + POSITION]}
    )
    columns, time = own_columns(database.spec, table), table.spec.time
    clock: dict[str, tuple[str, Change]] = {}
    if time is not None:
        clock = {"time.hour": (time, _hour), "time.weekday": (time, _weekday)}
        refuse_twins([*columns, *clock], of=table.name)
    shown = read_attributes(database.engine, table, asked, columns, clock)
    rows = len(shown)
    return EntityFeatures(np.ones(rows, bool), merge_columns([shown], of=table.name, rows=rows))


def _hour(time: ir.Column) -> ir.Column:
    return time.hour().cast("float64")


def _weekday(time: ir.Column) -> ir.Column:
    return time.day_of_week.index().cast("float64")


def _parents_of(
    database: Database, entity: str, asks: ir.Table, *, has_time: bool
) -> Iterator[tuple[str, ir.Table]]:
    """Give the entities to which an entity links on, and the asks about each.

    They are known as soon as the entity itself is.
    """
    for column, parent in onward_links(database.spec, entity).items():
        table = database.tables[entity]
        right = table.rows.select(
            entity_key=table.rows[str(table.spec.key)],
            parent=table.rows[column],
            since=since_of(table),
        )
        joined = asks.left_join(right, asks.key == right.entity_key)
        key = joined.parent
        if has_time and table.spec.time is not None:
            key = (joined.since < joined["at"]).ifelse(key, ibis.null(key.type()))
        asked = joined.select("ask", "at", key=key)
        yield parent, database.engine.keep(asked)


def _relative_numbers(
    spec: ShopSpec, table: Table, own: pa.Table, linked: Mapping[str, EntityFeatures]
) -> Iterator[pa.Table]:
    """Divide a row's own numbers by their past mean for each entity that it links to; `linked` is by column."""
    for column, seen in linked.items():
        entity = table.spec.links[column]
        prefix = next(
            p.name for p in paths_to(spec, entity) if (p.table, p.link) == (table.name, column)
        )
        found = {}
        for number in own_numbers(spec, table):
            mean = seen.columns[f"{prefix}.{number}.mean.all"]
            usual = pc.if_else(pc.equal(mean, 0.0), None, mean)
            found[f"{number}.relative.{column}"] = pc.divide(own[number], usual)
        yield pa.table(found)
