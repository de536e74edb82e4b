"""Recommendations over HTTP: what a key may ask and be told, and a recommender that lasts as long as its model."""

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import final

from banian.errors import BanianError
from banian.recommendation import Recommender, Wish
from banian.serving.keys import Key
from banian.serving.masking import hide_of_rows
from banian.serving.measures import Measures
from banian.serving.recommend_body import read_wish, write_recommendation
from banian.serving.refusal import Refusal, refusal_of
from banian.serving.scope import limit_items, refuse_tasks
from banian.serving.served_model import ServedModel
from banian.serving.settings import ServiceSettings
from banian.serving.waiting import Reply


@final
class Recommending:
    """Answers wishes, in the one thread that computes.

    Args:
        settings: what a request may hold.
        measures: told how long it takes.
        degraded: says what is not as it should be by now.

    """

    def __init__(
        self,
        settings: ServiceSettings,
        measures: Measures,
        degraded: Callable[[], Sequence[str]],
    ) -> None:
        self._settings, self._measures, self._degraded = settings, measures, degraded
        self._held: tuple[ServedModel, Recommender] | None = None

    def answer(self, body: bytes, key: Key | None, model: ServedModel) -> Reply:
        """Answer a request.

        Raises:
            Refusal: it is no wish, or the key may not ask it; 422, there is nothing that answers it.

        """
        begun = perf_counter()
        wish = read_wish(body, self._settings)
        refuse_tasks(key, () if wish.task is None else (wish.task,))
        try:
            found = self._recommender(model).recommend(
                wish,
                tasks=None if key is None else key.tasks,
                allow=partial(limit_items, key, model.predictor),
            )
        except BanianError as error:
            raise _masked(error, wish) from None
        self._measures.stage_seconds.labels("recommend").observe(perf_counter() - begun)
        written = write_recommendation(
            found, model=model.version, store=model.store, degraded=self._degraded()
        )
        return Reply(written, 1, model.version)

    def _recommender(self, model: ServedModel) -> Recommender:
        if self._held is None or self._held[0] is not model:
            self._held = model, Recommender(model.predictor)
        return self._held[1]


def _masked(error: BanianError, wish: Wish) -> Refusal:
    refusal = refusal_of(error)
    values = [{**wish.named, "at": wish.at, "scene": wish.scene}]
    return Refusal(
        refusal.status,
        hide_of_rows(refusal.problem, values),
        remedy=refusal.remedy,
        retry_after=refusal.retry_after,
    )
