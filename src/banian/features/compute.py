"""What rows are told: of themselves, of the entities that they name, and of those that these name; from any source."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import SpecError
from banian.features.columns import refuse_twins
from banian.features.feature import Feature
from banian.features.history import History
from banian.features.plan import entities_of_entity, entities_of_rows, features_of_row
from banian.features.source import AbstractEventSource, Asks
from banian.features.table import EntityFeatures, merge_columns


def describe_entities(
    source: AbstractEventSource[Asks], entity: str, asks: Asks
) -> dict[str, EntityFeatures]:
    """Describe the entity that is asked about, and those that it links on to."""
    asked, found = {entity: asks}, dict[str, EntityFeatures]()
    for one in entities_of_entity(source.spec, entity):
        if one.through is not None:
            asked[one.name] = source.onward(asked[one.through], one, has_time=True)
        found[one.name] = _describe(source, one.entity, asked[one.name], has_time=True)
    _refuse_twins(found)
    return found


def describe_rows(
    source: AbstractEventSource[Asks], table: str, asks: Asks
) -> dict[str, EntityFeatures]:
    """Describe the asking rows of a table, every entity that they link to, and those that these link on to."""
    has_time = source.spec.source(table).time is not None
    asked, found = dict[str, Asks](), dict[str, EntityFeatures]()
    linked: dict[str, EntityFeatures] = {}
    for one in entities_of_rows(source.spec, table):
        if one.key is None:
            continue
        if one.name != one.entity and one.name in source.spec.tables:
            raise SpecError(
                f"tables.{one.name}: {table} calls {one.entity} so, to which it links by {one.key.column}.",
                remedy="Rename the table.",
            )
        if one.through is None:
            asked[one.name] = source.linked(asks, str(one.key.column))
        else:
            asked[one.name] = source.onward(asked[one.through], one, has_time=has_time)
        found[one.name] = _describe(
            source, one.entity, asked[one.name], has_time=has_time, besides=table
        )
        if one.through is None:
            linked[str(one.key.column)] = found[one.name]
    found = {table: _describe_itself(source, table, asks, linked)} | found
    _refuse_twins(found)
    return found


def _describe_itself(
    source: AbstractEventSource[Asks],
    table: str,
    asks: Asks,
    linked: Mapping[str, EntityFeatures],
) -> EntityFeatures:
    features = list(features_of_row(source.spec, source.types, table))
    refuse_twins(features, of=table)
    own = [feature for feature in features if feature.statistic != "relative"]
    values = source.itself(asks, table, own)
    relative = {
        feature.name: _relate(feature, values, linked)
        for feature in features
        if feature.statistic == "relative"
    }
    rows = len(values)
    parts = [values, pa.table(relative)] if relative else [values]
    return EntityFeatures(np.ones(rows, bool), merge_columns(parts, rows=rows))


def _relate(
    feature: Feature, own: pa.Table, linked: Mapping[str, EntityFeatures]
) -> pa.ChunkedArray:
    """Divide a number of the row by its past mean for an entity that the row links to."""
    assert feature.path is not None
    past = Feature("", "mean", feature.column, path=feature.path, span="all")
    mean = linked[feature.path.link].columns[past.name]
    usual = pc.if_else(pc.equal(mean, 0.0), None, mean)
    return pc.divide(own[str(feature.column)], usual)


def _describe(
    source: AbstractEventSource[Asks],
    entity: str,
    asks: Asks,
    *,
    has_time: bool,
    besides: str | None = None,
) -> EntityFeatures:
    """Collect what was known of an entity; the table `besides`, whose rows ask, does not describe it, too."""
    plan = source.plan(entity, has_time=has_time, besides=besides)
    keys = source.keys(asks)
    present, parts = np.asarray(keys.is_valid()), list[pa.Table]()
    if entity in source.types:
        own, found = source.attributes(asks, entity, plan.own, has_time=has_time)
        parts.append(own)
        present = present & found
    absent = pa.array(~present)
    for path, features in plan.described:
        values = source.description(asks, entity, path, features)
        columns = {n: pc.if_else(absent, None, values[n]) for n in values.column_names}
        parts.append(pa.table(columns))
    sequences: dict[str, pa.Table] = {}
    for planned, stretches in (
        source.stretches(asks, entity, plan.histories) if plan.histories else ()
    ):
        history = History(planned, len(keys))
        for group, stretch in stretches:
            history.add(group, stretch)
        parts.append(history.features())
        sequences |= history.sequences()
    ids = pc.if_else(pa.array(present), keys, None)
    merged = merge_columns(parts, rows=len(keys))
    return EntityFeatures(present, merged, sequences, ids, plan.links)


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
