"""What rows are told: of themselves, of the entities that they name, and of those that these name; from any source."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.feature_columns import FeatureColumns, NumberColumns
from banian.features.history import History
from banian.features.row_plan import RowPlan
from banian.features.source import AbstractEventSource, Asks
from banian.features.table import EntityFeatures
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
    source: AbstractEventSource[Asks],
    table: str,
    asks: Asks,
    known: Mapping[str, EntityFeatures] = {},
) -> dict[str, EntityFeatures]:
    """Describe the asking rows of a table, every entity that they link to, and those that these link on to.

    An entity that they link to and that stands in `known` is left out, with those that it links on to: what rows need
    of its features (`past_features`) is taken from there.
    """
    plan = source.plan_row(table)
    found = dict[str, EntityFeatures]()
    linked: dict[str, EntityFeatures] = {}
    for one in plan.entities:
        assert one.key is not None
        if one.through is not None:
            continue
        column = str(one.key.column)
        if one.name in known:
            linked[column] = known[one.name]
            continue
        found |= describe_linked(source, table, one.name, source.linked(asks, column))
        linked[column] = found[one.name]
    found = {one.name: found[one.name] for one in plan.entities if one.name in found}
    own = source.itself(asks, table, plan.own)
    columns = FeatureColumns.join([own, _relate(plan.relative, own, linked)])
    present = np.ones(len(own), bool)
    return {table: EntityFeatures(present, columns, contents=plan.contents)} | found


def describe_linked(
    source: AbstractEventSource[Asks], table: str, name: str, asks: Asks
) -> dict[str, EntityFeatures]:
    """Describe an entity that rows of a table link to, as they call it, and those that it links on to.

    `asks` ask about the entity itself, at the instants of the rows.
    """
    has_time = source.has_time(table)
    asked, found = {name: asks}, dict[str, EntityFeatures]()
    for one in source.plan_row(table).entities:
        if one.name != name and one.through not in asked:
            continue
        if one.through is not None:
            asked[one.name] = source.onward(asked[one.through], one, has_time=has_time)
        found[one.name] = _describe(
            source, one.entity, asked[one.name], has_time=has_time, besides=table
        )
    return found


def past_features(plan: RowPlan, link: str) -> tuple[str, ...]:
    """Name the features of the entity that a link names by which numbers of the rows are divided."""
    return tuple({past: None for _, its, past in plan.relative.values() if its == link})


def _relate(
    relative: Mapping[str, tuple[str, str, str]],
    own: FeatureColumns,
    linked: Mapping[str, EntityFeatures],
) -> FeatureColumns:
    """Divide numbers of the rows by their past means for the entities that the rows link to."""
    parts = []
    for link in dict.fromkeys(link for _, link, _ in relative.values()):
        chosen = {name: made for name, made in relative.items() if made[1] == link}
        columns, _, pasts = (tuple(part) for part in zip(*chosen.values(), strict=True))
        other = linked[link]
        assert isinstance(other.columns, FeatureColumns)
        mean = other.columns.floats(pasts)
        share = divide(own.floats(columns), mean if other.told is None else mean[:, other.told])
        parts.append(NumberColumns(tuple(chosen), share))
    return FeatureColumns(len(own), tuple(parts))


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
    asks, told = source.distinct(asks)
    keys = source.keys(asks)
    present, parts = np.asarray(keys.is_valid()), [FeatureColumns(len(keys))]
    if entity in source.types:
        own, found = source.attributes(asks, entity, plan.own, has_time=has_time)
        parts.append(own)
        present = present & found
    for path, features in plan.described:
        parts.append(source.description(asks, entity, path, features, present))
    sequences: dict[str, pa.Table] = {}
    if plan.histories:
        history = History(plan, len(keys))
        for stretch in source.stretches(asks, entity, plan.histories):
            history.add(stretch)
        parts.append(FeatureColumns(len(keys), (history.features(),)))
        sequences = history.sequences()
    ids = keys if present.all() else pc.if_else(pa.array(present), keys, None)
    columns = FeatureColumns.join(parts)
    return EntityFeatures(present, columns, sequences, ids, plan.links, plan.contents, told)
