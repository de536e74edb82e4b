"""What rows are told: of themselves, of the entities that they name, and of those that these name; from any source."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.history import History
from banian.features.source import AbstractEventSource, Asks
from banian.features.table import Column, EntityFeatures, by_name, merge_columns
from banian.features.windows import divide


def describe_entities(
    source: AbstractEventSource[Asks], entity: str, asks: Asks
) -> dict[str, EntityFeatures]:
    """Describe the entity that is asked about, and those that it links on to."""
    asked, found = {entity: asks}, dict[str, EntityFeatures]()
    for one in source.entities(entity):
        if one.through is not None:
            asked[one.name] = source.onward(asked[one.through], one, has_time=True)
        found[one.name] = _describe(source, one.entity, asked[one.name], has_time=True)
    return found


def describe_rows(
    source: AbstractEventSource[Asks], table: str, asks: Asks
) -> dict[str, EntityFeatures]:
    """Describe the asking rows of a table, every entity that they link to, and those that these link on to."""
    has_time, plan = source.has_time(table), source.plan_row(table)
    asked, found = dict[str, Asks](), dict[str, EntityFeatures]()
    linked: dict[str, EntityFeatures] = {}
    for one in plan.entities:
        assert one.key is not None
        if one.through is None:
            asked[one.name] = source.linked(asks, str(one.key.column))
        else:
            asked[one.name] = source.onward(asked[one.through], one, has_time=has_time)
        found[one.name] = _describe(
            source, one.entity, asked[one.name], has_time=has_time, besides=table
        )
        if one.through is None:
            linked[str(one.key.column)] = found[one.name]
    own = source.itself(asks, table, plan.own)
    parts = [by_name(own), _relate(plan.relative, own, linked)]
    row = EntityFeatures(np.ones(len(own), bool), merge_columns(parts, rows=len(own)))
    return {table: row} | found


def _relate(
    relative: Mapping[str, tuple[str, str, str]],
    own: pa.Table,
    linked: Mapping[str, EntityFeatures],
) -> dict[str, pa.Array]:
    """Divide numbers of the rows by their past means for the entities that the rows link to."""
    found = {}
    for name, (column, link, past) in relative.items():
        mean = linked[link].columns[past]
        share = divide(own[column].to_numpy(), mean.to_numpy())  # null is NaN
        found[name] = pa.array(share, from_pandas=True)
    return found


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
    present, parts = np.asarray(keys.is_valid()), list[Mapping[str, Column]]()
    if entity in source.types:
        own, found = source.attributes(asks, entity, plan.own, has_time=has_time)
        parts.append(by_name(own))
        present = present & found
    absent = pa.array(~present)
    for path, features in plan.described:
        values = source.description(asks, entity, path, features)
        parts.append({n: pc.if_else(absent, None, values[n]) for n in values.column_names})
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
