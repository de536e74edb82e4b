"""Whose rows are: entities and rows lead by their links to one of an entity, such as a merchant, or to none.

A product that links to a merchant is that merchant's, and so is a row that names it. Who links to no merchant, such as
a customer of all of them, is everybody's. What a store does not tell is taken to be somebody else's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool

from banian.features import StoredEvents
from banian.schema.keyed_hash import hash_value, read_key
from banian.spec import DerivedTableSpec, ShopSpec, SourceTableSpec


@final
@dataclass(frozen=True)
class Claims:
    """Whose some rows, or some entities, are.

    Args:
        own: where a link leads to one of those that are meant.
        foreign: where one leads to another, or nobody can tell.

    """

    own: Bool[np.ndarray, " row"]
    foreign: Bool[np.ndarray, " row"]

    @property
    def are_granted(self) -> bool:
        """Whether each row is one's own, and no row is somebody else's, too."""
        return bool((self.own & ~self.foreign).all())

    def __or__(self, other: "Claims") -> "Claims":
        """Lead wherever one of two leads."""
        return Claims(self.own | other.own, self.foreign | other.foreign)


@final
class Ownership:
    """Says whether rows and entities are of some of an entity.

    Args:
        spec: the shop.
        store: what is known of entities.
        owner: the entity, such as merchants.
        names: the keys of it that are meant.

    """

    def __init__(
        self, spec: ShopSpec, store: StoredEvents, owner: str, names: Sequence[str]
    ) -> None:
        self._spec, self._store, self._owner, self._names = spec, store, owner, names

    def leads(self, table: str) -> Mapping[str, str]:
        """Map the columns of a table by which its rows lead to the owner to the entities that they name."""
        return leading_links(self._spec, table, self._owner)

    def claim_entities(
        self, entity: str, keys: pa.Array, passed: frozenset[str] = frozenset()
    ) -> Claims:
        """Say whose entities are, given by their keys as text; null is nobody, and so nobody's."""
        is_named = np.asarray(keys.is_valid())
        if entity == self._owner:
            own = np.asarray(pc.is_in(keys, self._allowed)) & is_named
            return Claims(own, is_named & ~own)
        passed = passed | {entity}
        found = Claims(np.zeros(len(keys), bool), np.zeros(len(keys), bool))
        links = leading_links(self._spec, entity, self._owner, passed)
        for column, to in links.items():
            named = self._store.named_by(entity, column, keys)
            if named is None:
                return Claims(np.zeros(len(keys), bool), is_named)
            found |= self.claim_entities(to, named, passed)
        if links:  # one that is known, and whose nobody says
            found |= Claims(found.own, is_named & self._store.knows(entity, keys) & ~found.own)
        return found

    def claim_rows(self, table: str, columns: Mapping[str, pa.Array], rows: int) -> Claims:
        """Say whose rows of a table are by the links that they name, given as text."""
        found = Claims(np.zeros(rows, bool), np.zeros(rows, bool))
        links = dict(self.leads(table))
        if table == self._owner:
            links[str(self._spec.tables[table].key)] = table
        for column, to in links.items():
            if column in columns:
                found |= self.claim_entities(to, columns[column])
        return found

    @cached_property
    def _allowed(self) -> pa.Array:
        """The names, hashed where the owner's key is."""
        declared = self._spec.tables[self._owner]
        names: Sequence[str | None] = self._names
        if declared.key in self._spec.source(self._owner).pii:
            names = [hash_value(name, read_key()) for name in names]
        return pa.array([name for name in names if name is not None], pa.string())


def leading_links(
    spec: ShopSpec, table: str, owner: str, passed: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Map the columns of a table by which its rows lead to an owner, through others or not, to whom they name.

    Entities in `passed` are not gone through again.
    """
    declared = spec.tables[table]
    if not isinstance(declared, SourceTableSpec):
        return {}
    passed = passed | {table}
    return {
        column: to
        for column, to in sorted(_links_of(spec, table).items())
        if to not in passed and (to == owner or leading_links(spec, to, owner, passed))
    }


def _links_of(spec: ShopSpec, table: str) -> dict[str, str]:
    """Map the columns of a table that name entities to them, those that nobody declared as links among them."""
    found = {}
    for entity, declared in spec.tables.items():
        if isinstance(declared, DerivedTableSpec) and declared.from_ == table:
            found[declared.key] = entity
        for column in spec.links_to(entity).get(table, ()):
            found.setdefault(column, entity)
    return found | spec.source(table).links
