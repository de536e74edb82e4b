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
from banian.examples.clock import delays_of, known_tick
from banian.examples.columns import merge_columns, own_columns, select_features
from banian.examples.events import select_events, since_of
from banian.examples.examples import EntityFeatures
from banian.examples.history import Asking, read_history
from banian.examples.paths import paths_to
from banian.examples.static import static_features
from banian.tables import Database, Table


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
    own = own_columns(database.spec, table)
    known_later = sorted(table.spec.known_at) if has_time else []
    later = tuple(n for n in known_later if table.types[n].kind not in ("time", "other"))
    rows = table.rows
    delays = {name: delays_of(database.spec, table.name, frozenset({name})) for name in later}
    names = (*own, *later)
    right = rows.select(
        entity_key=rows[str(table.spec.key)],
        since=since_of(table),
        **{f"raw {name}": rows[name] for name in names},
        **{f"known {name}": known_tick(table.spec, rows, delays[name]) for name in later},
    )
    joined = asks.left_join(right, asks.key == right.entity_key)
    is_there = joined.entity_key.notnull()
    if table.spec.time is not None and has_time:
        is_there = is_there & (joined.since < joined["at"])
    raw = {name: joined[f"raw {name}"] for name in names}
    shown = {}
    for name, value in select_features(table, raw, names, joined["at"]).items():
        seen = is_there
        if name in later:
            seen = seen & (joined[f"known {name}"] < joined["at"]).fill_null(False)
        shown[f"value {name}"] = seen.ifelse(value, ibis.null(value.type()))
    found = joined.select("ask", there=is_there, **shown).order_by("ask").to_pyarrow()
    there = np.asarray(pc.fill_null(found["there"], False))
    return pa.table({name.removeprefix("value "): found[name] for name in shown}), there
