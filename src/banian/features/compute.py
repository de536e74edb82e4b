"""What rows are told: of themselves, of the entities that they name, and of those that these name; from any source."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import SpecError
from banian.features.columns import own_features, refuse_twins
from banian.features.feature import Feature
from banian.features.groups import group_columns
from banian.features.history import History
from banian.features.path import paths_to, static_paths_to
from banian.features.plan import (
    attributes_of,
    entities_of_entity,
    entities_of_rows,
    features_of_row,
    history_features,
    static_features,
)
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
    spec, types = source.spec, source.types
    keys = source.keys(asks)
    present, rows = np.asarray(keys.is_valid()), len(keys)
    features, parts = list[Feature](), list[pa.Table]()
    sequences: dict[str, pa.Table] = {}
    links: dict[str, str] = {}
    if entity in types:
        names = attributes_of(spec, types, entity, has_time=has_time)
        features += own_features(spec, entity, types[entity], names)
        own, found = source.attributes(asks, entity, features, has_time=has_time)
        parts.append(own)
        present = present & found
    absent = pa.array(~present)
    for path in static_paths_to(spec, entity):
        if path.table != besides and source.describes(entity, path):
            described = list(static_features(spec, types, entity, path))
            values = source.description(asks, entity, path, described)
            features += described
            columns = {n: pc.if_else(absent, None, values[n]) for n in values.column_names}
            parts.append(pa.table(columns))
    paths = list(paths_to(spec, entity)) if has_time else []
    for path, stretches in source.stretches(asks, entity, paths) if paths else ():
        groups = group_columns(spec, types[path.table], path)
        planned = history_features(spec, types, entity, path, groups)
        history = History(path, groups, planned, rows)
        for group, stretch in stretches:
            history.add(group, stretch)
        features += planned.values()
        parts.append(history.features())
        newest = history.sequences()
        if taken := sequences.keys() & newest.keys():
            raise SpecError(
                f"tables: {path.name} and another table give sequences of one name, {min(taken)!r}.",
                remedy="Rename one of the two tables.",
            )
        sequences |= newest
        named = spec.source(path.table).links
        links |= {f"{path.name}.{column}": to for column, to in named.items()}
    refuse_twins(features, of=entity)
    ids = pc.if_else(pa.array(present), keys, None)
    return EntityFeatures(present, merge_columns(parts, rows=rows), sequences, ids, links)


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
