"""What was known of an entity when it was asked about: its own columns, and its history."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.examples.clock import delays_of, known_tick
from banian.examples.columns import merge_columns, own_columns, select_features
from banian.examples.events import select_events, since_of
from banian.examples.examples import EntityFeatures
from banian.examples.history import Asking, read_history
from banian.examples.paths import paths_to
from banian.tables import Database, Table


def entity_features(
    database: Database, entity: str, asks: ir.Table, *, has_time: bool
) -> EntityFeatures:
    """Collect what was known of an entity before each ask; asks have the columns ask, key and at."""
    keys = asks.order_by("ask").key.cast("string").to_pyarrow()
    present, rows = np.asarray(pc.is_valid(keys)), len(keys)
    features: list[pa.Table] = []
    sequences: dict[str, pa.Table] = {}
    links: dict[str, str] = {}
    if entity in database.tables:
        attributes, found = _attributes(database, database.tables[entity], asks, has_time=has_time)
        features.append(attributes)
        present = present & found
    paths = list(paths_to(database.spec, entity)) if has_time else []
    if paths:
        asking = Asking(database.engine, asks)
        for path in paths:
            summary, newest = read_history(asking, select_events(database, path), asks=rows)
            features.append(summary)
            sequences |= newest
            named = database.spec.source(path.table).links
            links |= {f"{path.name}.{column}": to for column, to in named.items()}
        asking.close()
    ids = pc.if_else(pa.array(present), keys, None).combine_chunks()
    columns = merge_columns(features, rows=rows)
    return EntityFeatures(present, columns, sequences, ids, links)


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
