"""Vectors of entities that are kept from ask to ask: what is encoded once answers many, as old as one allows."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from threading import Lock
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float32, Int64

from banian.bundle import Bundle
from banian.export import EncodedNetwork, GraphNetwork
from banian.features import EntityFeatures, StoredAsks, StoredEvents, describe_entities
from banian.features.compute import describe_linked, past_features
from banian.features.feature_columns import FeatureColumns, NumberColumns
from banian.features.stored_keys import Keys
from banian.features.ticks import SECOND
from banian.inference.vector_shelf import Encoded, VectorShelf
from banian.spec import EntityTaskSpec

MOST_VECTORS = 100_000
"""Entities of one kind, as rows of a grain link to them, whose vectors are kept."""


@final
@dataclass(frozen=True)
class KnownEntities:
    """What is known of the entities of some asks without a look at their features.

    Args:
        vectors: for each network of the grain, entity → its vectors.
        present: entity → whether it is there.
        seen: the entity that an ask names → whether it was ever seen.
        past: the same → the features by which numbers of the rows are divided.

    """

    vectors: tuple[Mapping[str, Float32[np.ndarray, "set ask width"]], ...]
    present: Mapping[str, Bool[np.ndarray, " ask"]]
    seen: Mapping[str, Bool[np.ndarray, " ask"]]
    past: Mapping[str, EntityFeatures]


@final
class _Shared:
    """What is kept, of the newest state of a store."""

    def __init__(self) -> None:
        self.shelves: dict[tuple[str, str], VectorShelf] = {}
        self.lock = Lock()
        self.number = 0
        """How many later states there were."""


@final
class KeptVectors:
    """Keeps the vectors of entities for asks that come later.

    What an ask names is looked up and encoded with all that it links on to; the vectors are taken again for asks up to
    so many seconds after the instant of which they are. They are never taken where an ask says something of the entity
    itself, where a network reads its latest events, or where trees answer, which read features. Whoever opens another
    store or another bundle makes other `KeptVectors`; beside a store that took rows in, `with_store` keeps the vectors
    of all whom the rows do not concern.

    Args:
        bundle: with its networks or its graphs.
        store: what is known of entities.
        seconds: how old vectors may be.
        most: of how many entities of one kind.

    """

    def __init__(
        self, bundle: Bundle, store: StoredEvents, *, seconds: float, most: int = MOST_VECTORS
    ) -> None:
        self._bundle, self.store, self._most = bundle, store, most
        self._seconds, self._oldest = seconds, int(seconds * SECOND)
        self._widths: dict[tuple[str, str], list[tuple[int, str, int, int]]] = {}
        self._shared = _Shared()
        self._number = 0
        self._taken = self._encoded = 0

    def with_store(self, store: StoredEvents) -> "KeptVectors":
        """Go on beside a later state of the same store; from now on these keep nothing more, and take nothing."""
        found = copy(self)
        found.store, found._taken, found._encoded = store, 0, 0
        with self._shared.lock:
            self._shared.number += 1
            found._number = self._shared.number
            for (grain, root), shelf in self._shared.shelves.items():
                shelf.drop(self._concerned(grain, root, shelf.keys, store))
        return found

    def _concerned(
        self, grain: str, root: str, names: list[str | None], store: StoredEvents
    ) -> list[str | None]:
        """Give those of whom a later state of the store may say something else; all, where it may of what they name."""
        tables = self._tables(grain)
        for linked in set(self._groups(grain)[root]) - {root}:
            if store.newer_rows(self.store, tables[linked]):
                return names
        keys, differs = Keys(pa.array(names, pa.string())), np.zeros(len(names), bool)
        for rows in store.newer_rows(self.store, tables[root]):
            differs |= rows.knows(keys)
        return [name for name, is_other in zip(names, differs.tolist(), strict=True) if is_other]

    def take_counts(self) -> tuple[int, int]:
        """Say how many entities of asks were found here, and how many were encoded, since it was last asked."""
        with self._shared.lock:
            counts = self._taken, self._encoded
            self._taken = self._encoded = 0
        return counts

    def kept_of(self, grain: str, tasks: Sequence[str]) -> tuple[str, ...]:
        """Name the entities whose vectors are kept for tasks of a grain, each with all that it links on to."""
        if any("trees" in self._bundle.predictors.get(task, ()) for task in tasks):
            return ()
        networks = self._networks(grain)
        if not networks:
            return ()
        reading = {name for one in networks for name in one.reading(grain)}
        return tuple(
            root for root, names in self._groups(grain).items() if reading.isdisjoint(names)
        )

    def look_up(
        self,
        grain: str,
        tasks: Sequence[str],
        named: Mapping[str, pa.Array],
        at: Int64[np.ndarray, " ask"],
    ) -> KnownEntities | None:
        """Give what is kept of the entities that asks name, and encode and keep what is not.

        Args:
            grain: what is asked about.
            tasks: what is asked.
            named: entity → whom each ask names, as text; null where it names nobody.
            at: as of when, as `StoredAsks` takes it.

        """
        roots = [root for root in self.kept_of(grain, tasks) if root in named]
        if not roots:
            return None
        networks = self._networks(grain)
        vectors: list[dict[str, np.ndarray]] = [{} for _ in networks]
        present, seen, past = {}, {}, {}
        with self._shared.lock:
            for root in roots:
                found = self._find(grain, root, named[root], at)
                at_column = 0
                for number, entity, sets, width in self._widths[grain, root]:
                    part = found.vectors[:, at_column : at_column + sets * width]
                    at_column += sets * width
                    vectors[number][entity] = np.ascontiguousarray(
                        part.reshape(len(at), sets, width).transpose(1, 0, 2)
                    )
                seen[root] = found.flags[:, 0]
                for number, entity in enumerate(self._groups(grain)[root]):
                    present[entity] = found.flags[:, 1 + number]
                names = self._past(grain, root)
                numbers = NumberColumns(names, found.past.T)
                columns = FeatureColumns(len(at), (numbers,))
                past[root] = EntityFeatures(found.flags[:, 1], columns)
        return KnownEntities(tuple(vectors), present, seen, past)

    def answering(self, grain: str, known: KnownEntities) -> Bundle:
        """Give the bundle as it answers rows of which this is known; it looks at no features of these entities."""
        bundle = self._bundle
        joint, twins = bundle.joint, dict(bundle.twins)
        for name, vectors in zip(self._names(grain), known.vectors, strict=True):
            network = bundle.joint if name is None else bundle.twins[name]
            assert isinstance(network, GraphNetwork)
            encoded = EncodedNetwork.of(network, vectors)
            if name is None:
                joint = encoded
            else:
                twins[name] = encoded
        return replace(bundle, joint=joint, twins=twins)

    def _find(
        self, grain: str, root: str, names: pa.Array, at: Int64[np.ndarray, " ask"]
    ) -> Encoded:
        shelf = VectorShelf(self._most)  # of an ask that began before rows came in, kept by nobody
        if self._number == self._shared.number:
            shelf = self._shared.shelves.setdefault((grain, root), shelf)
        keys: list[str | None] = names.to_pylist()
        places = shelf.find(keys, at, oldest=self._oldest)
        lacking = np.flatnonzero(places < 0)
        self._taken += len(keys) - len(lacking)
        if not len(lacking):
            return shelf.take(places)
        numbers: dict[tuple[str | None, int], int] = {}
        ticks = at[lacking].tolist()
        which = np.array(
            [
                numbers.setdefault((keys[ask], tick), len(numbers))
                for ask, tick in zip(lacking.tolist(), ticks, strict=True)
            ]
        )
        wanted = [key for key, _ in numbers]
        instants = np.array([tick for _, tick in numbers], np.int64)
        encoded = self._encode(grain, root, pa.array(wanted, pa.string()), instants)
        self._encoded += len(wanted)
        found = Encoded.empty_like(encoded, len(keys))
        kept = np.flatnonzero(places >= 0)
        if len(kept):
            found.put(kept, shelf.take(places[kept]))
        found.put(lacking, encoded.take(which))
        shelf.put(wanted, instants, encoded)
        return found

    def _encode(
        self, grain: str, root: str, keys: pa.Array, at: Int64[np.ndarray, " key"]
    ) -> Encoded:
        """Look up and encode the entities that keys name, with those that they link on to."""
        about, is_entity = self._about(grain)
        asks = StoredAsks(keys, at, {})
        if is_entity:
            told = describe_entities(self.store, about, asks)
        else:
            told = describe_linked(self.store, about, root, asks)
        features = {name: one.each() for name, one in told.items()}
        parts, widths = [], []
        for number, network in enumerate(self._networks(grain)):
            for entity in features:
                if entity in network.entities(grain):
                    vectors = network.encode(grain, entity, features[entity])
                    widths.append((number, entity, vectors.shape[0], vectors.shape[2]))
                    parts.append(vectors.transpose(1, 0, 2).reshape(len(keys), -1))
        self._widths[grain, root] = widths
        nothing = np.empty((len(keys), 0), np.float32)
        own, names = features[root].columns, self._past(grain, root)
        assert isinstance(own, FeatureColumns)
        past = own.floats(names).T if names else np.empty((len(keys), 0))
        table = self._tables(grain)[root]
        flags = [self.store.knows(table, keys), *(one.present for one in features.values())]
        return Encoded(
            np.concatenate([nothing, *parts], axis=1),
            past,
            np.stack(flags, axis=1),
        )

    def _about(self, grain: str) -> tuple[str, bool]:
        tasks = self._bundle.spec.tasks.values()
        task = next(one for one in tasks if one.grain == grain)
        return task.about, isinstance(task, EntityTaskSpec)

    def _names(self, grain: str) -> list[str | None]:
        """List the networks that answer tasks of a grain: none is the joint one, others go by their task."""
        bundle = self._bundle
        found: dict[str | None, None] = {}
        for task, declared in bundle.spec.tasks.items():
            if declared.grain == grain:
                for predictor in bundle.predictors.get(task, ("joint",)):
                    if predictor != "trees":
                        found[None if predictor == "joint" else task] = None
        return [*found]

    def _networks(self, grain: str) -> list[GraphNetwork]:
        bundle = self._bundle
        networks = [bundle.joint if n is None else bundle.twins[n] for n in self._names(grain)]
        return [one for one in networks if isinstance(one, GraphNetwork)]

    def _tables(self, grain: str) -> dict[str, str]:
        """Map the entities that rows of a grain are told of to their tables."""
        about, is_entity = self._about(grain)
        plan = self.store.entities(about) if is_entity else self.store.plan_row(about).entities
        return {one.name: one.entity for one in plan}

    def _groups(self, grain: str) -> dict[str, tuple[str, ...]]:
        """Map each entity that asks name to itself and those that it links on to."""
        about, is_entity = self._about(grain)
        described = self.store.entities(about) if is_entity else self.store.plan_row(about).entities
        found: dict[str, tuple[str, ...]] = {}
        for one in described:
            root = next((r for r, names in found.items() if one.through in names), one.name)
            found[root] = (*found.get(root, ()), one.name)
        return found

    def _past(self, grain: str, root: str) -> tuple[str, ...]:
        about, is_entity = self._about(grain)
        if is_entity:
            return ()
        plan = self.store.plan_row(about)
        link = next(
            str(o.key.column) for o in plan.entities if o.name == root and o.key is not None
        )
        return past_features(plan, link)
