"""What was known of an entity when it was asked about: its own columns, and its history."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import SpecError
from banian.examples.attributes import ASK, AT, ROW, read_attributes
from banian.examples.clock import delays_of, known_tick
from banian.examples.columns import merge_columns, own_columns
from banian.examples.events import select_events, since_of
from banian.examples.examples import EntityFeatures
from banian.examples.history import Asking, read_history
from banian.examples.paths import paths_to
from banian.examples.static import static_features
from banian.tables import POSITION, Database, Table


@final
@dataclass(frozen=True)
class Context:
    """How an entity is asked about."""

    has_time: bool
    """Whether at instants, so that it has a history."""
    rows_of: str | None
    """The table whose rows ask; none where entities are asked about themselves."""
    is_new: bool
    """Whether a model knows already which features it reads."""


def entity_features(
    database: Database,
    entity: str,
    asks: ir.Table,
    context: Context,
) -> EntityFeatures:
    """Collect what was known of an entity before each ask; asks have the columns ask, key and at."""
    has_time = context.has_time
    keys = asks.order_by("ask").key.cast("string").to_pyarrow()
    present, rows = np.asarray(pc.is_valid(keys)), len(keys)
    features: list[pa.Table] = []
    sequences: dict[str, pa.Table] = {}
    links: dict[str, str] = {}
    if entity in database.tables:
        attributes, found = _attributes(database, database.tables[entity], asks, has_time=has_time)
        features.append(attributes)
        present = present & found
    for described in static_features(
        database, entity, asks, besides=context.rows_of, is_new=context.is_new
    ):
        absent = pa.array(~present)
        features.append(
            pa.table({n: pc.if_else(absent, None, described[n]) for n in described.column_names})
        )
    paths = list(paths_to(database.spec, entity)) if has_time else []
    if paths:
        asking = Asking(database.engine, asks)
        for path in paths:
            summary, newest = read_history(asking, select_events(database, path), asks=rows)
            features.append(summary)
            _refuse_path(path.name, sequences.keys() & newest.keys())
            sequences |= newest
            named = database.spec.source(path.table).links
            links |= {f"{path.name}.{column}": to for column, to in named.items()}
        asking.close()
    ids = pc.if_else(pa.array(present), keys, None).combine_chunks()
    columns = merge_columns(features, of=entity, rows=rows)
    return EntityFeatures(present, columns, sequences, ids, links)


def _refuse_path(name: str, taken: Collection[str]) -> None:
    if taken:
        raise SpecError(
            f"tables: {name} and another table give sequences of one name, {min(taken)!r}.",
            remedy="Rename one of the two tables.",
        )


def _attributes(
    database: Database, table: Table, asks: ir.Table, *, has_time: bool
) -> tuple[pa.Table, np.ndarray]:
    groups = {frozenset[str](): list(own_columns(database.spec, table))}
    for name in sorted(table.spec.known_at) if has_time else ():
        if table.types[name].kind not in ("time", "other"):
            delays = delays_of(database.spec, table.name, frozenset({name}))
            groups.setdefault(delays, []).append(name)
    right = table.rows.select(
        entity_key=table.rows[str(table.spec.key)],
        since=since_of(table),
        place=table.rows[POSITION],
        **{
            f"known {at}": known_tick(table.spec, table.rows, delays)
            for at, delays in enumerate(groups)
            if delays
        },
    )
    joined = asks.left_join(right, asks.key == right.entity_key)
    is_there = joined.entity_key.notnull()
    if table.spec.time is not None and has_time:
        is_there = is_there & (joined.since < joined["at"])
    places = {}
    for at, delays in enumerate(groups):
        seen = is_there
        if delays:
            seen = seen & (joined[f"known {at}"] < joined["at"]).fill_null(False)
        places[f"place {at}"] = seen.ifelse(joined.place, ibis.null("int64"))
    told = database.engine.keep(
        joined.select(**{ASK: joined.ask, AT: joined["at"], "there": is_there, **places})
    )
    parts = [
        read_attributes(
            database.engine, table, told.select(ASK, AT, **{ROW: told[f"place {at}"]}), names
        )
        for at, names in enumerate(groups.values())
    ]
    there = np.asarray(pc.fill_null(told.order_by(ASK).there.to_pyarrow(), False))
    database.engine.drop(told)
    return pa.table({n: part[n] for part in parts for n in part.column_names}), there
