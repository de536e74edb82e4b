"""A fitted model that answers asks: from what a store knows now, and what an ask says of its row."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from os import PathLike
from time import perf_counter
from typing import Any, final

import numpy as np
import pyarrow as pa

from banian.bundle import Bundle
from banian.errors import BundleError, SpecError, nearest
from banian.evaluation import TaskImportance
from banian.examples import GrainExamples
from banian.features import (
    StoredAsks,
    StoredEvents,
    describe_entities,
    describe_rows,
)
from banian.features.level import build_level
from banian.features.past_items import build_had, build_seen
from banian.features.stored_rows import NEVER
from banian.inference.answers import Answers, no_answers, stack_answers
from banian.inference.ask_rows import AskRows
from banian.inference.ask_warnings import warn_of, warn_unasked
from banian.inference.asked_together import AskedTogether, merge_groups
from banian.inference.asks import GrainAsks, read_asks
from banian.inference.cold import find_cold
from banian.inference.eligible import find_eligible
from banian.inference.entity_row import own_of_entity
from banian.inference.kept_vectors import KeptVectors, KnownEntities
from banian.inference.parts import most_rows
from banian.inference.predict import predict_rows
from banian.predictions import PredictionTable
from banian.spec import EntityTaskSpec, ShopSpec, SourceTableSpec
from banian.spec.past import asks_new, is_list

_AT_ONCE = 2**14
"""Asks that are answered together, so that memory stays small."""


@final
class Predictor:
    """Answers about one customer now, a product at a date, a payment that is being made.

    Args:
        bundle: the fitted model.
        store: what is known of entities; without it, only the facts of the model can be read.
        run: the folder of both, for the command that builds a store.
        vectors: of entities that are kept from ask to ask; none where all is looked up and encoded each time.

    """

    def __init__(
        self,
        bundle: Bundle,
        store: StoredEvents | None,
        run: str | PathLike[str] = "RUN",
        *,
        vectors: KeptVectors | None = None,
    ) -> None:
        self.bundle, self._store, self._run, self.vectors = bundle, store, run, vectors

    def with_store(self, store: StoredEvents) -> "Predictor":
        """Give the same model beside what is known by now."""
        found = copy(self)
        found._store = store
        found.vectors = None if self.vectors is None else self.vectors.with_store(store)
        return found

    @property
    def store(self) -> StoredEvents:
        """Give what is known of entities.

        Raises:
            BundleError: the run has no store.

        """
        if self._store is None:
            raise BundleError(
                "There is no store beside the bundle, and so nothing is known of anybody.",
                remedy=f"Build it: banian store {self._run} --data DIR",
            )
        return self._store

    @property
    def spec(self) -> ShopSpec:
        """Give the spec of the shop."""
        return self.bundle.spec

    @property
    def card(self) -> Mapping[str, Any]:
        """Give what a person wants to know of the model."""
        return self.bundle.card

    def importance(self, task: str) -> TaskImportance | None:
        """Say which raw columns a task leans on, as `Bundle.importance` does."""
        return self.bundle.importance(task)

    def predict(
        self,
        asks: Any,  # noqa: ANN401 -- whatever holds rows
        *,
        tasks: str | Sequence[str] = (),
        is_text: bool = False,
    ) -> PredictionTable:
        """Answer asks: a row per ask and task, in the order of the asks.

        An ask is a mapping of column → value: `task` (a name or several) or `grain` (all tasks about it), the key of
        the entity or the columns of the row that asks, and `at`, as of when; without it, it is asked where the store
        ends. What an ask leaves out, or gives as null, is not known of a row, and of an entity is what is
        stored. A row of the answer has `ask`, the number of its ask; `cold`, the
        entities that it names and nobody has seen; and `eligible`, whether the WHERE of its task holds for it, and it
        is of one of the task's scenes: null where WHERE has a query, which only tables can answer.

        Args:
            asks: one ask, a list of them, an Arrow table, or a DataFrame.
            tasks: these only; all that asks ask where none is named.
            is_text: whether all values are text, as those of a CSV file are.

        Raises:
            SpecError: a task does not exist.
            AskError: an ask is about nothing that there is, has a column that there is not, or a value of another type.

        """
        return self.answer([self.read(asks, tasks=tasks, is_text=is_text)])[0]

    def read(
        self,
        asks: Any,  # noqa: ANN401
        *,
        tasks: str | Sequence[str] = (),
        is_text: bool = False,
    ) -> AskedTogether:
        """Read asks, as `predict` does, and leave them to be answered, alone or beside those of others.

        Raises:
            SpecError: a task does not exist.
            AskError: an ask is about nothing that there is, has a column that there is not, or a value of another type.

        """
        chosen = (tasks,) if isinstance(tasks, str) else tuple(tasks)
        for task in chosen:
            if task not in self.spec.tasks:
                raise SpecError(
                    f"The bundle has no task {task!r}.", remedy=nearest(task, self.spec.tasks)
                )
        given = AskRows.of(asks)
        groups = read_asks(
            given,
            self.spec,
            self.bundle.types,
            latest=self.store.facts.latest,
            tasks=chosen,
            is_text=is_text,
        )
        return AskedTogether(given, tuple(groups), chosen)

    def answer(
        self,
        several: Sequence[AskedTogether],
        spent: Callable[[str, float], None] = lambda _stage, _seconds: None,
    ) -> list[PredictionTable]:
        """Answer what several asked, each as if alone: one pass over all of them costs less than a pass each.

        Args:
            several: what `read` gave, each from another request.
            spent: told the seconds that a stage took, `features` or `network`.

        Raises:
            AskError: a column is derived from one that an ask gives and from others that it does not give.

        """
        found: list[list[Answers]] = [[] for _ in several]
        for group, owner in merge_groups(several):
            for start in range(0, len(group), _AT_ONCE):
                part, of = group.slice(start, _AT_ONCE), owner[start : start + _AT_ONCE]
                begun = perf_counter()
                fits = len(part) <= most_rows(self.bundle.grains[part.grain])
                vectors = self.vectors if fits else None
                assert vectors is None or vectors.store is self.store  # else they are of yesterday
                rows, known, strangers, holds = self._rows(part, vectors)
                looked_up = perf_counter()
                bundle = self.bundle
                if vectors is not None and known is not None:
                    bundle = vectors.answering(part.grain, known)
                answers = predict_rows(bundle, rows)
                spent("features", looked_up - begun)
                spent("network", perf_counter() - looked_up)
                for task, said in answers.items():
                    asked = part.asked[:, part.tasks.index(task)]
                    every = Answers.of_asked(said, part.place, strangers, holds[task], asked)
                    owner = of if asked.all() else of[asked]
                    for number in np.unique(owner).tolist():
                        found[number].append(every.take(np.flatnonzero(owner == number)))
        return [self._table(asked, said) for asked, said in zip(several, found, strict=True)]

    def _table(self, asked: AskedTogether, found: Sequence[Answers]) -> PredictionTable:
        groups, chosen = asked.groups, asked.wanted
        named = {name for group in groups for name in group.keys.column_names}
        table = stack_answers(
            [one.with_keys(named) for one in found]
            or no_answers(self.spec, self.bundle.types, chosen)
        )
        counts = dict.fromkeys([*(task for group in groups for task in group.tasks), *chosen], 0)
        for one in found:
            counts[one.said.task] += len(one.said)
        told = [
            *warn_unasked(asked.given, [task for task, rows in counts.items() if rows], chosen),
            *warn_of(groups, self.spec, self.store.facts),
        ]
        return PredictionTable(rows=table, tasks=counts, warnings=tuple(told))

    def rows(
        self, asks: GrainAsks
    ) -> tuple[GrainExamples, pa.Array, Mapping[str, pa.BooleanArray]]:
        """Look up what is known for asks about one grain.

        Gives as well which of the entities named nobody has seen, and for each task which asks are eligible.
        """
        rows, _, strangers, eligible = self._rows(asks, None)
        return rows, strangers, eligible

    def _rows(
        self, asks: GrainAsks, vectors: KeptVectors | None
    ) -> tuple[GrainExamples, KnownEntities | None, pa.Array, Mapping[str, pa.BooleanArray]]:
        """Look up as `rows` does, but no features of entities of which vectors are kept; these are given as well."""
        known = None
        row = self.store.facts.rows.get(asks.grain)
        given = asks.context if row is None else self.store.look_up(asks.about, asks.context)
        is_entity = isinstance(self.spec.tasks[asks.tasks[0]], EntityTaskSpec)
        if is_entity:
            at = asks.at + 1  # what happens at the very moment is seen
            key = asks.keys.column(0).cast(pa.string()).combine_chunks()
            own, says = own_of_entity(row, asks, given)
            stored = StoredAsks(key, at, own, says)
            named = {asks.about: (asks.about, key)}
            if vectors is not None and not own:
                known = vectors.look_up(asks.grain, asks.tasks, {asks.about: key}, at)
            entities = describe_entities(self.store, asks.about, stored) if known is None else {}
        else:
            assert row is not None
            own = row.compute(given)
            stored = StoredAsks(pa.nulls(len(asks), pa.string()), asks.at, own, {})
            named = {
                one.name: (one.entity, own[str(one.key.column)])
                for one in self.store.plan_row(asks.about).entities
                if one.key is not None and one.through is None
            }
            if vectors is not None:
                keys = {name: key for name, (_, key) in named.items()}
                known = vectors.look_up(asks.grain, asks.tasks, keys, asks.at)
            past = {} if known is None else known.past
            entities = describe_rows(self.store, asks.about, stored, past)
        rows, tasks = len(asks), {name: self.spec.tasks[name] for name in asks.tasks}
        declared = self.spec.tables[asks.about]
        scene = declared.scene if isinstance(declared, SourceTableSpec) else None
        scenes = pa.nulls(rows, pa.string()) if scene is None or is_entity else own[scene]
        found = GrainExamples(
            grain=asks.grain,
            tasks=asks.tasks,
            keys=asks.keys,
            cluster=np.zeros(rows, np.int64),
            clusters=pa.array([""]),
            cutoff=asks.at.astype("datetime64[us]"),  # NEVER is NaT
            scene=scenes,
            entities=entities,
            asked=asks.asked,
            label=np.full(asks.asked.shape, np.nan),
            matured_at=np.full(asks.asked.shape, NEVER).astype("datetime64[us]"),
            level=np.stack(
                [build_level(self.store, stored, n, t) for n, t in tasks.items()], axis=1
            ),
            seen={n: build_seen(self.store, stored, n, t) for n, t in tasks.items() if is_list(t)},
            had={n: build_had(self.store, stored, n, t) for n, t in tasks.items() if asks_new(t)},
        )
        eligible = find_eligible(self.store, stored, tasks, scenes)
        cold = find_cold(
            self.store, self.bundle.types, named, entities, known, says=bool(stored.stands)
        )
        return found, known, cold, eligible
