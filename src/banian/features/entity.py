"""What was known of an entity when it was asked about: its own columns, tables that describe it, and its history."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import SpecError
from banian.features.attributes import ASK, AT, ROW, read_attributes
from banian.features.columns import own_features, refuse_twins
from banian.features.engine_ticks import known_tick, since_of
from banian.features.events import select_events
from banian.features.feature import Feature
from banian.features.history import Asking, read_history
from banian.features.path import paths_to
from banian.features.plan import attributes_of, history_features
from banian.features.static import read_static
from banian.features.table import EntityFeatures, merge_columns
from banian.spec import AT_ROW
from banian.tables import POSITION, Database, Table


@final
@dataclass(frozen=True)
class Context:
    """How an entity is asked about.

    Args:
        has_time: whether at instants, so that it has a history.
        rows_of: the table whose rows ask; none where entities are asked about themselves.
        is_new: whether a model knows already which features it reads.

    """

    has_time: bool
    rows_of: str | None
    is_new: bool


def entity_features(
    database: Database, entity: str, asks: ir.Table, context: Context
) -> EntityFeatures:
    """Collect what was known of an entity before each ask; asks have the columns ask, key and at."""
    spec, types, has_time = database.spec, database.types, context.has_time
    keys = asks.order_by("ask").key.cast("string").to_pyarrow()
    present, rows = np.asarray(pc.is_valid(keys)), len(keys)
    features, parts = list[Feature](), list[pa.Table]()
    sequences: dict[str, pa.Table] = {}
    links: dict[str, str] = {}
    if entity in database.tables:
        names = attributes_of(spec, types, entity, has_time=has_time)
        features += own_features(spec, entity, types[entity], names)
        own, found = _read_own(database, database.tables[entity], asks, features, has_time)
        parts.append(own)
        present = present & found
    absent = pa.array(~present)
    for described, values in read_static(
        database, entity, asks, besides=context.rows_of, is_new=context.is_new
    ):
        features += described
        parts.append(
            pa.table({n: pc.if_else(absent, None, values[n]) for n in values.column_names})
        )
    paths = list(paths_to(spec, entity)) if has_time else []
    if paths:
        asking = Asking(database.engine, asks)
        for path in paths:
            events = select_events(database, path)
            planned = history_features(spec, types, entity, path, events.groups)
            summary, newest = read_history(asking, events, planned, asks=rows)
            features += planned.values()
            parts.append(summary)
            _refuse_path(path.name, sequences.keys() & newest.keys())
            sequences |= newest
            named = spec.source(path.table).links
            links |= {f"{path.name}.{column}": to for column, to in named.items()}
        asking.close()
    refuse_twins(features, of=entity)
    ids = pc.if_else(pa.array(present), keys, None).combine_chunks()
    return EntityFeatures(present, merge_columns(parts, rows=rows), sequences, ids, links)


def _refuse_path(name: str, taken: Collection[str]) -> None:
    if taken:
        raise SpecError(
            f"tables: {name} and another table give sequences of one name, {min(taken)!r}.",
            remedy="Rename one of the two tables.",
        )


def _read_own(
    database: Database, table: Table, asks: ir.Table, features: list[Feature], has_time: bool
) -> tuple[pa.Table, np.ndarray]:
    """Read features of an entity's own row as far as they were known, and say whether there was a row."""
    groups = {AT_ROW: list[Feature]()}
    for feature in features:
        groups.setdefault(feature.known if has_time else AT_ROW, []).append(feature)
    right = table.rows.select(
        entity_key=table.rows[str(table.spec.key)],
        since=since_of(table),
        place=table.rows[POSITION],
        **{
            f"known {at}": known_tick(table.spec, table.rows, known)
            for at, known in enumerate(groups)
            if not known.is_at_row
        },
    )
    joined = asks.left_join(right, asks.key == right.entity_key)
    is_there = joined.entity_key.notnull()
    if table.spec.time is not None and has_time:
        is_there = is_there & (joined.since < joined["at"])
    places = {}
    for at, known in enumerate(groups):
        seen = is_there
        if not known.is_at_row:
            seen = seen & (joined[f"known {at}"] < joined["at"]).fill_null(False)
        places[f"place {at}"] = seen.ifelse(joined.place, ibis.null("int64"))
    told = database.engine.keep(
        joined.select(**{ASK: joined.ask, AT: joined["at"], "there": is_there, **places})
    )
    parts = [
        read_attributes(
            database.engine, table, told.select(ASK, AT, **{ROW: told[f"place {at}"]}), group
        )
        for at, group in enumerate(groups.values())
    ]
    there = np.asarray(pc.fill_null(told.order_by(ASK).there.to_pyarrow(), False))
    database.engine.drop(told)
    return pa.table({n: part[n] for part in parts for n in part.column_names}), there
