"""Recommends: candidates, ranked by the model, then filtered, capped and made diverse."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float64, Int64

from banian.errors import AskError, SpecError, nearest
from banian.features.stored_rows import NEVER
from banian.features.ticks import from_tick, to_tick
from banian.inference import Predictor, answer_rows, predict_rows
from banian.inference.ask_rows import AskRows
from banian.inference.asks import AT, GrainAsks
from banian.inference.moment import read_moment
from banian.predictions import joint_probability
from banian.recommendation.candidates import find_had, retrieve
from banian.recommendation.catalogue import Catalogue, open_catalogue
from banian.recommendation.choose_items import choose_items
from banian.recommendation.goal import Goal, find_goal
from banian.recommendation.item_filter import filter_items
from banian.recommendation.item_vectors import ItemVectors, has_vectors
from banian.recommendation.reasons import Reasons, past_of
from banian.recommendation.shop_events import ShopEvents
from banian.recommendation.wish import Recommendation, RecommendedItem, Wish

MOST_RANKED = 500
"""Candidates that the model ranks one by one."""
_MOST_ANSWERED = 100
"""Of them the best, about which all tasks are asked, and of which those that are shown are chosen."""
Allow = Callable[[Goal, Catalogue, GrainAsks], Bool[np.ndarray, " item"]]
"""Says which items may be shown to who asks; raises where he may not ask at all."""


def _allow_all(_: Goal, catalogue: Catalogue, __: GrainAsks) -> Bool[np.ndarray, " item"]:
    return np.ones(len(catalogue), bool)


@final
class Recommender:
    """Recommends items by a loaded model; items, their vectors and how often they are asked for are read once.

    Args:
        predictor: the model, and what is known of its entities.

    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._catalogues: dict[tuple[str, str | None], Catalogue] = {}
        self._vectors: dict[str, ItemVectors | None] = {}
        self._events: dict[Goal, ShopEvents] = {}

    def recommend(
        self,
        wish: Wish,
        *,
        tasks: Sequence[str] | None = None,
        allow: Allow = _allow_all,
    ) -> Recommendation:
        """Recommend items.

        All candidates are ranked by the tasks of the goal; about the best of them all other tasks of their grain are
        asked, too. Where there are more candidates than the model can rank at once, those that are most like what was
        had last, and those most asked for lately, are.

        Args:
            wish: what is wanted.
            tasks: those that may be asked; all where they are left out.
            allow: which items may be shown, given an ask that names for whom.

        Raises:
            AskError: no task ranks items for who is named, or a column, a table or a value is none that there is.

        """
        goal = find_goal(
            self._predictor.bundle, wish.named, task=wish.task, items=wish.items, allowed=tasks
        )
        catalogue, events = self.catalogue(goal), self._events_of(goal)
        (asked,) = self._read(goal, wish, [None])
        allowed = allow(goal, catalogue, asked)
        kept = allowed & filter_items(catalogue.columns, wish.filters)
        at = int(asked.at[0])
        now = NEVER if at == NEVER else at + 1
        who = str(asked.context[goal.whom_column][0].as_py())
        kept &= catalogue.there(at) & ~find_had(events, catalogue, wish, who, now)
        candidates = np.flatnonzero(kept)
        past = past_of(events, who, now).only(
            {name for name, place in catalogue.place.items() if allowed[place]}
        )
        if len(candidates) > MOST_RANKED and not goal.is_list:
            candidates = retrieve(
                events,
                catalogue,
                candidates,
                past,
                self._vectors_of(goal),
                at=now,
                scene=wish.scene,
                most=MOST_RANKED,
            )
        score, values, cold = self._rank(goal, wish, catalogue, candidates)
        order = np.argsort(-score, kind="stable")[:_MOST_ANSWERED]
        best = candidates[order]
        names = [catalogue.names[place] for place in best]
        more = self._ask_others(goal, wish, names, tasks)
        shown = self._choose(goal, wish, catalogue, best, score[order])
        reasons = Reasons(
            events, catalogue, self._vectors_of(goal), past, who=who, at=now, scene=wish.scene
        )
        reasons.compare(names)
        found = [
            RecommendedItem(
                item=names[place],
                score=float(score[order[place]]),
                values={
                    **{task: float(one[order[place]]) for task, one in values.items()},
                    **{task: float(one[place]) for task, one in more.items()},
                },
                reasons=reasons.of(names[place]),
                columns=_row_of(catalogue, int(best[place])),
            )
            for place in shown
        ]
        return Recommendation(
            found,
            goal.tasks,
            goal.item_column,
            int(kept.sum()),
            cold,
            None if at == NEVER else from_tick(at),
        )

    def catalogue(self, goal: Goal) -> Catalogue:
        """Give the items of a goal."""
        key = goal.item_column, goal.items
        if key not in self._catalogues:
            self._catalogues[key] = open_catalogue(self._predictor, goal)
        return self._catalogues[key]

    def _events_of(self, goal: Goal) -> ShopEvents:
        if goal not in self._events:
            self._events[goal] = ShopEvents(self._predictor, goal)
        return self._events[goal]

    def _vectors_of(self, goal: Goal) -> ItemVectors | None:
        if goal.items is None or not has_vectors(self._predictor.spec, goal.items):
            return None
        if goal.items not in self._vectors:
            self._vectors[goal.items] = ItemVectors(self._predictor, goal.items)
        return self._vectors[goal.items]

    def _read(
        self,
        goal: Goal,
        wish: Wish,
        items: Sequence[str | None],
        tasks: Sequence[str] | None = None,
    ) -> tuple[GrainAsks, ...]:
        """Read an ask about each item, or the one ask of a list."""
        spec, count = self._predictor.spec, len(items)
        columns: dict[str, Any] = {name: [value] * count for name, value in wish.named.items()}
        if wish.at is not None:
            columns[AT] = [_moment(wish.at)] * count
        if not goal.is_list:
            columns[goal.item_column] = list(items)
            scene = spec.source(goal.table).scene
            if wish.scene is not None:
                if scene is None:
                    raise AskError(
                        f"{goal.table} has no scene.", remedy="Leave scene out of what you ask."
                    )
                columns[scene] = [wish.scene] * count
        rows = AskRows(columns, count)
        return self._predictor.read(rows, tasks=tuple(tasks or goal.tasks)).groups

    def _rank(
        self, goal: Goal, wish: Wish, catalogue: Catalogue, candidates: Int64[np.ndarray, " item"]
    ) -> tuple[
        Float64[np.ndarray, " item"],
        Mapping[str, Float64[np.ndarray, " item"]],
        tuple[str, ...],
    ]:
        """Give the score of each candidate, what each task says of it, and who is unknown."""
        if goal.is_list:
            return self._rank_list(goal, wish, catalogue, candidates)
        if not len(candidates):
            _, strangers, _ = self._predictor.rows(self._read(goal, wish, [None])[0])
            return np.zeros(0), {}, tuple(strangers[0].as_py())
        names = [catalogue.names[place] for place in candidates]
        said, cold = self._ask(goal, wish, names, goal.tasks)
        return joint_probability([said[task] for task in goal.tasks]), said, cold

    def _rank_list(
        self, goal: Goal, wish: Wish, catalogue: Catalogue, candidates: Int64[np.ndarray, " item"]
    ) -> tuple[
        Float64[np.ndarray, " item"],
        Mapping[str, Float64[np.ndarray, " item"]],
        tuple[str, ...],
    ]:
        (task,) = goal.tasks
        rows, strangers, _ = self._predictor.rows(self._read(goal, wish, [None])[0])
        weights = answer_rows(self._predictor.bundle, rows)[task].weights
        assert weights is not None
        classes = self._predictor.bundle.grains[rows.grain].tasks[task].classes
        of = {name: float(weight) for name, weight in zip(classes, weights[0], strict=False)}
        score = np.array([of.get(catalogue.names[place], 0.0) for place in candidates], np.float64)
        return score, {task: score}, tuple(strangers[0].as_py())

    def _ask(
        self, goal: Goal, wish: Wish, names: Sequence[str], tasks: Sequence[str]
    ) -> tuple[dict[str, Float64[np.ndarray, " item"]], tuple[str, ...]]:
        """Ask tasks about some items."""
        (asks,) = self._read(goal, wish, names, tasks)
        rows, strangers, _ = self._predictor.rows(asks)
        said = predict_rows(self._predictor.bundle, rows)
        known = strangers.to_pylist()
        cold = tuple(name for name in known[0] if all(name in one for one in known))
        return {task: said[task].value for task in tasks}, cold

    def _ask_others(
        self, goal: Goal, wish: Wish, names: Sequence[str], allowed: Sequence[str] | None
    ) -> dict[str, Float64[np.ndarray, " item"]]:
        """Ask the other tasks of the grain about the best candidates."""
        spec = self._predictor.spec
        grain = spec.tasks[goal.tasks[-1]].grain
        others = [
            name
            for name, task in spec.tasks.items()
            if task.grain == grain
            and name not in goal.tasks
            and (allowed is None or name in allowed)
        ]
        if goal.is_list or not names or not others:
            return {}
        return self._ask(goal, wish, names, others)[0]

    def _choose(
        self,
        goal: Goal,
        wish: Wish,
        catalogue: Catalogue,
        best: Int64[np.ndarray, " item"],
        score: Float64[np.ndarray, " item"],
    ) -> list[int]:
        groups: dict[str, Sequence[object]] = {}
        for column in wish.most_per:
            if column not in catalogue.columns.column_names:
                raise AskError(
                    f"Items have no column {column!r}.",
                    remedy=nearest(column, catalogue.columns.column_names),
                )
            groups[column] = catalogue.columns[column].take(pa.array(best)).to_pylist()
        vectors = None
        if wish.diversity and len(best):
            held = self._vectors_of(goal)
            if held is None:
                raise AskError(
                    f"No task is told of {goal.item_column}, so nothing says which are alike.",
                    remedy="Leave diversity out; most_per caps what has a column in common.",
                )
            vectors = held.of([catalogue.names[place] for place in best])
        return choose_items(
            score, vectors, groups, k=wish.k, most_per=wish.most_per, diversity=wish.diversity
        )


def _moment(at: Any) -> datetime:  # noqa: ANN401
    try:
        return from_tick(to_tick(read_moment(at)))
    except SpecError as error:
        raise AskError(error.problem, remedy=error.remedy) from None


def _row_of(catalogue: Catalogue, place: int) -> dict[str, Any]:
    return {name: catalogue.columns[name][place].as_py() for name in catalogue.columns.column_names}
