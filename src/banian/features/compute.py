"""Everything that a grain is told: the row itself, the entities that it names, and those that they name."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import SpecError
from banian.features.asks import OWN
from banian.features.attributes import ASK, AT, ROW, read_attributes
from banian.features.columns import refuse_twins
from banian.features.engine_ticks import since_of
from banian.features.entity import Context, entity_features
from banian.features.feature import Feature
from banian.features.plan import Described, entities_of_entity, entities_of_rows, features_of_row
from banian.features.table import EntityFeatures, merge_columns
from banian.tables import POSITION, Database, Table


def describe_entities(
    database: Database, entity: str, asks: ir.Table, *, is_new: bool = False
) -> dict[str, EntityFeatures]:
    """Describe the entity that is asked about, and those that it links on to; asks have ask, key and at.

    Where they are `is_new`, a model knows their features already.
    """
    how = Context(has_time=True, rows_of=None, is_new=is_new)
    asked, found = {entity: asks}, dict[str, EntityFeatures]()
    for one in entities_of_entity(database.spec, entity):
        if one.through is not None:
            asked[one.name] = _onward(database, one, asked, has_time=True)
        found[one.name] = entity_features(database, one.entity, asked[one.name], how)
    _refuse_twins(found)
    return found


def describe_rows(
    database: Database, table: Table, asks: ir.Table, *, is_new: bool = False
) -> dict[str, EntityFeatures]:
    """Describe the asking row itself, every entity that it links to, and those that they link to.

    Asks have ask, at, and the row's own columns, their names behind OWN.
    """
    spec, has_time = database.spec, table.spec.time is not None
    how = Context(has_time=has_time, rows_of=table.name, is_new=is_new)
    asked, found = dict[str, ir.Table](), dict[str, EntityFeatures]()
    for one in entities_of_rows(spec, table.name):
        if one.key is None:
            continue
        if one.name != one.entity and one.name in spec.tables:
            raise SpecError(
                f"tables.{one.name}: {table.name} calls {one.entity} so, to which it links by {one.key.column}.",
                remedy="Rename the table.",
            )
        if one.through is None:
            asked[one.name] = asks.select("ask", "at", key=asks[f"{OWN}{one.key.column}"])
        else:
            asked[one.name] = _onward(database, one, asked, has_time=has_time)
        found[one.name] = entity_features(database, one.entity, asked[one.name], how)
    found = {table.name: _describe_itself(database, table, asks, found)} | found
    _refuse_twins(found)
    return found


def _describe_itself(
    database: Database, table: Table, asks: ir.Table, linked: Mapping[str, EntityFeatures]
) -> EntityFeatures:
    features = list(features_of_row(database.spec, database.types, table.name))
    refuse_twins(features, of=table.name)
    asked = asks.select(**{ASK: asks.ask, AT: asks["at"], ROW: asks[OWN + POSITION]})
    own = [feature for feature in features if feature.statistic != "relative"]
    values = read_attributes(database.engine, table, asked, own)
    by_link = {
        one.key.column: linked[one.name]
        for one in entities_of_rows(database.spec, table.name)
        if one.key is not None and one.through is None
    }
    relative = {
        feature.name: _relate(feature, values, by_link)
        for feature in features
        if feature.statistic == "relative"
    }
    rows = len(values)
    parts = [values, pa.table(relative)] if relative else [values]
    return EntityFeatures(np.ones(rows, bool), merge_columns(parts, rows=rows))


def _relate(
    feature: Feature, own: pa.Table, linked: Mapping[str | None, EntityFeatures]
) -> pa.ChunkedArray:
    """Divide a number of the row by its past mean for an entity that the row links to."""
    assert feature.path is not None
    past = Feature("", "mean", feature.column, path=feature.path, span="all")
    mean = linked[feature.path.link].columns[past.name]
    usual = pc.if_else(pc.equal(mean, 0.0), None, mean)
    return pc.divide(own[str(feature.column)], usual)


def _refuse_twins(entities: Mapping[str, EntityFeatures]) -> None:
    """Hold entity and feature, as trees write them, against each other: a.b of c is not b.c of a."""
    for entity, seen in entities.items():
        names = {name.casefold() for name in seen.columns.column_names}
        for other in entities:
            inner = f"{other}.".removeprefix(f"{entity}.")
            if other == entity or inner == f"{other}.":
                continue
            for name in entities[other].columns.column_names:
                if (inner + name).casefold() in names:
                    raise SpecError(
                        f"tables.{entity}: a feature of it is called {inner + name!r}, and {name!r} is one of {other}; "
                        "together they have one name.",
                        remedy=f"Rename the column or the table, or leave it out: ignore: [{name}].",
                    )


def _onward(
    database: Database, one: Described, asked: Mapping[str, ir.Table], *, has_time: bool
) -> ir.Table:
    """Ask about the entity to which another links on; it is known as soon as that is."""
    assert one.key is not None
    asks, table = asked[str(one.through)], database.tables[one.key.table]
    right = table.rows.select(
        entity_key=table.rows[str(table.spec.key)],
        parent=table.rows[str(one.key.column)],
        since=since_of(table),
    )
    joined = asks.left_join(right, asks.key == right.entity_key)
    key = joined.parent
    if has_time and table.spec.time is not None:
        key = (joined.since < joined["at"]).ifelse(key, ibis.null(key.type()))
    return database.engine.keep(joined.select("ask", "at", key=key))
