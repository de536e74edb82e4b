"""What a key may ask: its tasks, and asks and rows about those of an entity that it names, such as its merchants."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from banian.features.stored_links import read_stored_links
from banian.inference import Predictor
from banian.inference.asks import GrainAsks
from banian.inference.load import STORE
from banian.recommendation import Goal
from banian.recommendation.catalogue import Catalogue
from banian.schema.keyed_hash import hash_value, read_key
from banian.serving.keys import TASKS, Key
from banian.serving.ownership import Claims, Ownership, leading_links
from banian.serving.refusal import Refusal
from banian.spec import EntityTaskSpec, ShopSpec, TaskSpec
from banian.spec.node import Aggregate, Column


def limit_tasks(key: Key | None, spec: ShopSpec, wanted: Sequence[str]) -> tuple[str, ...]:
    """Give the tasks to answer: those wanted, or all that the key may ask; none where neither limits them.

    Raises:
        Refusal: 403, a task is wanted that the key may not ask.

    """
    if key is None or key.tasks is None:
        return tuple(wanted)
    refuse_tasks(key, wanted)
    return tuple(wanted) or tuple(name for name in spec.tasks if name in key.tasks)


def refuse_tasks(key: Key | None, named: Iterable[Any]) -> None:
    """Refuse tasks that a key may not ask; what is no name of a task is left for others to refuse.

    Raises:
        Refusal: 403.

    """
    if key is None or key.tasks is None:
        return
    for name in named:
        if isinstance(name, str) and name not in key.tasks:
            raise Refusal(
                403,
                f"The key {key.name!r} may not ask this task.",
                remedy=f"Ask one of {', '.join(key.tasks)}, or have a key made with another scope.",
            )


def refuse_part(key: Key | None) -> None:
    """Refuse a key that is for a part of the shop what tells of all of it.

    Raises:
        Refusal: 403.

    """
    if key is not None and key.scope:
        raise Refusal(
            403,
            f"The key {key.name!r} is for a part of the shop, and this counts what all of them ask.",
            remedy="Have a key made without --scope for who watches the service.",
        )


def refuse_asks(key: Key | None, predictor: Predictor, groups: Iterable[GrainAsks]) -> None:
    """Refuse asks that are not about what a key names, or name what is of another.

    Raises:
        Refusal: 403.

    """
    spec = predictor.spec
    for owner, names in _limits(key):
        if owner not in spec.tables:
            raise _foreign(key, owner)
        ownership = Ownership(spec, predictor.store, owner, names)
        for group in groups:
            if any(tells_others(spec, spec.tasks[task], owner) for task in group.tasks):
                raise Refusal(
                    403,
                    f"Answers to a task that is asked here name {owner}, or what is theirs, of all.",
                    remedy="Leave it out, or have a key made with another scope.",
                )
            if not _claim_asks(ownership, predictor, group).are_granted:
                raise _foreign(key, owner)


def limit_items(
    key: Key | None, predictor: Predictor, goal: Goal, catalogue: Catalogue, asks: GrainAsks
) -> Bool[np.ndarray, " item"]:
    """Say which items a key may be told of, given an ask that names for whom and no item.

    Where items lead to what a key names, those that are theirs; else the ask must be about it.

    Raises:
        Refusal: 403, the ask is not about what it names, or about another's.

    """
    kept = np.ones(len(catalogue), bool)
    for owner, names in _limits(key):
        if owner not in predictor.spec.tables:
            raise _foreign(key, owner)
        ownership = Ownership(predictor.spec, predictor.store, owner, names)
        claims, items = _claim_asks(ownership, predictor, asks), goal.items
        if items is not None and (items == owner or ownership.leads(items)):
            theirs = ownership.claim_entities(items, catalogue.keys)
            kept &= theirs.own & ~theirs.foreign
            is_theirs = not claims.foreign.any()
        else:
            is_theirs = claims.are_granted and not tells_others(
                predictor.spec, predictor.spec.tasks[goal.tasks[-1]], owner
            )
        if not is_theirs:
            raise _foreign(key, owner)
    return kept


def refuse_rows(
    key: Key | None, predictor: Predictor, run: Path, tables: Mapping[str, pa.Table]
) -> None:
    """Refuse rows of tables that are not about what a key names, name what is of another, or would replace it.

    Raises:
        Refusal: 403.

    """
    for owner, names in _limits(key):
        if owner not in predictor.spec.tables:
            raise _foreign(key, owner)
        ownership = Ownership(predictor.spec, predictor.store, owner, names)
        for table, rows in tables.items():
            columns = _as_stored(predictor.spec, table, rows)
            claims = ownership.claim_rows(table, columns, len(rows))
            is_untold = any(
                _is_untold(ownership, predictor.spec, table, c) for c in ownership.leads(table)
            )
            if (
                is_untold
                or not claims.are_granted
                or _replaces_others(ownership, predictor, run, table, columns)
            ):
                raise _foreign(key, owner)


def may_ask(key: Key | None, spec: ShopSpec, task: TaskSpec) -> bool:
    """Say whether asks about a task can be about what a key names."""
    return all(
        owner in spec.tables
        and (task.about == owner or bool(leading_links(spec, task.about, owner)))
        and not tells_others(spec, task, owner)
        for owner, _ in _limits(key)
    )


def tells_others(spec: ShopSpec, task: TaskSpec, owner: str) -> bool:
    """Say whether a task's answers can name those of an entity, or what leads to them, whoever asks."""
    tree = task.tree
    if isinstance(tree, Aggregate):
        table, column = tree.table, tree.column
    elif isinstance(tree, Column):
        table, column = task.about, tree.name
    else:
        return False
    is_its_key = table == owner and column == spec.tables[table].key
    return is_its_key or column in leading_links(spec, table, owner)


def _claim_asks(ownership: Ownership, predictor: Predictor, group: GrainAsks) -> Claims:
    spec, given = predictor.spec, group.context
    row = predictor.store.facts.rows.get(group.grain)
    if isinstance(spec.tasks[group.tasks[0]], EntityTaskSpec):
        entity = ownership.claim_entities(group.about, _texts(group.keys.column(0)))
        return entity | ownership.claim_rows(group.about, _columns(given), len(group))
    given = predictor.store.look_up(group.about, given)
    columns = _columns(given)
    derived = ownership.leads(group.about).keys() & spec.source(group.about).derive.keys()
    if derived and row is not None:
        computed = row.compute(given)
        columns |= {name: _texts(computed[name]) for name in derived}
    claims = ownership.claim_rows(group.about, columns, len(group))
    key = spec.tables[group.about].key
    if key in columns and predictor.store.has_rows_of(group.about):
        itself = ownership.claim_entities(group.about, columns[str(key)])
        claims = Claims(claims.own, claims.foreign | itself.foreign)
    return claims


def _is_untold(ownership: Ownership, spec: ShopSpec, table: str, column: str) -> bool:
    """Say whether nobody can tell yet whom a column of new rows will name: it is derived, or not looked up by links."""
    source = spec.source(table)
    if column not in source.lookup:
        return column in source.derive
    link, _, wanted = source.lookup[column].partition(".")
    return wanted not in ownership.leads(source.links[link])


def _replaces_others(
    ownership: Ownership,
    predictor: Predictor,
    run: Path,
    table: str,
    columns: Mapping[str, pa.Array],
) -> bool:
    """Say whether a stored row that has the key of one of these is somebody else's."""
    key = predictor.spec.tables[table].key
    if key is None:
        return False
    if predictor.store.has_rows_of(table):
        if ownership.claim_entities(table, columns[key]).foreign.any():
            return True
    elif not ownership.leads(table):
        return False
    names = list(ownership.leads(table))
    stored = read_stored_links(run / STORE, table, key, names, columns[key])
    claims = ownership.claim_rows(table, _columns(stored), len(stored))
    return bool(names) and not claims.are_granted


def _as_stored(spec: ShopSpec, table: str, rows: pa.Table) -> dict[str, pa.Array]:
    """Give the columns of new rows as text, hashed where they will be hashed."""
    columns, hashed = _columns(rows), spec.source(table).pii
    for name in hashed:
        if name in columns:
            values = [hash_value(value, read_key()) for value in columns[name].to_pylist()]
            columns[name] = pa.array(values, pa.string())
    return columns


def _columns(rows: pa.Table) -> dict[str, pa.Array]:
    return {name: _texts(rows[name]) for name in rows.column_names}


def _texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    texts = column.cast(pa.string())
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _limits(key: Key | None) -> list[tuple[str, tuple[str, ...]]]:
    return [] if key is None else [(n, said) for n, said in key.scope.items() if n != TASKS]


def _foreign(key: Key | None, entity: str) -> Refusal:
    name = None if key is None else key.name
    return Refusal(
        403,
        f"The key {name!r} is for some of {entity} only, and not all rows here are theirs and theirs alone.",
        remedy=f"Name in each row one of {entity} that the key is for, and nothing that is of another.",
    )
