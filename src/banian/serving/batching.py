"""Requests that wait, and the one thread that answers them: all that wait at a time together, each by its deadline."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread
from time import monotonic, perf_counter
from typing import TypeVar, final

from banian.errors import BanianError
from banian.inference import Predictor
from banian.inference.asked_together import AskedTogether
from banian.predictions import PredictionTable
from banian.serving.answer_body import write_answers
from banian.serving.ask_body import AskBody, read_ask_body
from banian.serving.masking import hide_of_ask
from banian.serving.measures import Measures
from banian.serving.model_holder import ModelHolder
from banian.serving.refusal import Refusal, refusal_of, unforeseen
from banian.serving.scope import limit_tasks, refuse_asks, refuse_tasks
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings
from banian.serving.waiting import AloneRequest, Reply, Request

_Found = TypeVar("_Found")
_MOST_TOGETHER = 64
"""Requests that are answered together."""
_BYTES_TOGETHER = 2**20
_IN_TIME, _AT_ONCE = 0.4, 0.2
"""Shares of the deadline: who would wait longer is sent away, and no more are answered together than take so long."""
_NAMES = ("task", "grain")
"""Columns of asks whose values are names in the spec."""


@final
@dataclass(frozen=True)
class _Read:
    request: Request
    body: AskBody
    asked: AskedTogether


@final
class Batcher:
    """Answers requests in a thread of its own.

    Args:
        holder: the model.
        settings: how many may wait, and how long for others.
        measures: told what is asked and answered.
        log: of the service.

    """

    def __init__(
        self, holder: ModelHolder, settings: ServiceSettings, measures: Measures, log: ServiceLog
    ) -> None:
        self._holder, self._settings, self._measures, self._log = holder, settings, measures, log
        self._waiting: deque[Request | AloneRequest] = deque()
        self._bytes = 0
        self._change = Condition()
        self._is_closed = False
        self._pace = 0.01
        """Seconds that a request took lately."""
        self._thread = Thread(target=self._run, name="banian-answers", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether there is a thread that answers."""
        return self._thread.is_alive()

    @property
    def is_full(self) -> bool:
        """Whether too many wait, by number or by the time that they will take, so that whoever comes is sent away."""
        waiting, settings = len(self._waiting), self._settings
        return waiting >= settings.queue or waiting * self._pace > _IN_TIME * settings.deadline

    def full(self) -> Refusal:
        """Give what whoever is sent away is told."""
        waiting = len(self._waiting)
        return Refusal(
            429,
            f"{waiting:,} requests wait already.",
            remedy="Ask again later, or send more asks in fewer requests.",
            retry_after=self._pace * waiting,
        )

    def put(self, request: Request | AloneRequest) -> None:
        """Let a request wait.

        Raises:
            Refusal: 429, too many wait; 503, the service stops.

        """
        with self._change:
            if self._is_closed:
                raise Refusal(
                    503, "The service is stopping.", remedy="Ask another, or later.", retry_after=1
                )
            size = self._bytes + len(request.body)
            if size > self._settings.queue_bytes or self.is_full:
                raise self.full()
            self._waiting.append(request)
            self._bytes = size
            self._measures.queue_depth.set(len(self._waiting))
            self._change.notify()

    def close(self) -> None:
        """Answer those that wait, take no more, and end the thread."""
        with self._change:
            self._is_closed = True
            self._change.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._take():
            try:
                if isinstance(batch, AloneRequest):
                    self._answer_alone(batch)
                else:
                    self._answer(batch)
            except Exception as error:
                self._log.write_fault("a batch failed", error)
                for request in [batch] if isinstance(batch, AloneRequest) else batch:
                    self._deliver(request, unforeseen())

    def _take(self) -> list[Request] | AloneRequest:
        """Wait for requests; give those that are to be answered together, none once the service is closed and done.

        One that is answered by itself waits until those before it are answered.
        """
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._is_closed)
            if self._settings.batch_wait and len(self._waiting) < _MOST_TOGETHER:
                full = self._waiting[0].since + self._settings.batch_wait if self._waiting else 0.0
                self._change.wait_for(
                    lambda: len(self._waiting) >= _MOST_TOGETHER or self._is_closed,
                    timeout=max(0.0, full - monotonic()),
                )
            batch: list[Request] = []
            size = 0
            in_time = int(_AT_ONCE * self._settings.deadline / self._pace)
            most = max(1, min(_MOST_TOGETHER, in_time))
            alone: AloneRequest | None = None
            while self._waiting and len(batch) < most:
                request = self._waiting[0]
                if batch and size + len(request.body) > _BYTES_TOGETHER:
                    break
                if isinstance(request, AloneRequest):
                    if not batch:
                        alone = request
                        self._waiting.popleft()
                        size = len(request.body)
                    break
                self._waiting.popleft()
                batch.append(request)
                size += len(request.body)
            self._bytes -= size
            self._measures.queue_depth.set(len(self._waiting))
            return batch if alone is None else alone

    def _answer_alone(self, request: AloneRequest) -> None:
        now = monotonic()
        self._measures.wait_seconds.observe(now - request.since)
        if request.reply.done() or now > request.deadline:
            return
        model = self._holder.current
        found = self._guard(request, lambda: request.answer(model))
        if found is not None:
            self._deliver(request, found)
        self._pace += 0.1 * (monotonic() - now - self._pace)

    def _answer(self, batch: Sequence[Request]) -> None:
        begun, model = perf_counter(), self._holder.current
        now = monotonic()
        read = []
        for request in batch:
            self._measures.wait_seconds.observe(now - request.since)
            if request.reply.done() or now > request.deadline:
                continue
            found = self._guard(request, partial(self._read, model.predictor, request))
            if found is not None:
                read.append(found)
        self._spent("parse", perf_counter() - begun)
        if read:
            self._measures.batch_requests.observe(len(read))
            self._measures.batch_asks.observe(sum(one.body.rows.count for one in read))
        answered = self._together(model.predictor, read)
        begun = perf_counter()
        for one, table in answered:
            body = write_answers(
                table,
                one.request.answers,
                model=model.version,
                store=model.store,
                degraded=self._holder.degraded,
            )
            self._deliver(one.request, Reply(body, one.body.rows.count, model.version))
        self._spent("write", perf_counter() - begun)
        share = 1 - 0.9 ** len(batch)  # each request of it says as much of how long one takes
        self._pace += share * ((monotonic() - now) / len(batch) - self._pace)
        for _, table in answered:
            self._measures.count_answers(table)
        if model.predictor.vectors is not None:
            self._measures.count_vectors(*model.predictor.vectors.take_counts())
        self._holder.shadow([(one.asked, table) for one, table in answered])

    def _read(self, predictor: Predictor, request: Request) -> _Read:
        body = read_ask_body(request.body, request.form, request.tasks, self._settings)
        if request.bucket is not None and body.rows.count > 1:
            request.bucket.owe(body.rows.count - 1)
        refuse_tasks(request.key, body.named())
        tasks = limit_tasks(request.key, predictor.spec, body.tasks)
        try:
            asked = predictor.read(body.rows, tasks=tasks)
        except BanianError as error:
            raise _masked(error, body) from None
        refuse_asks(request.key, predictor, asked.groups)
        return _Read(request, body, AskedTogether(asked.given, asked.groups, body.tasks))

    def _together(
        self, predictor: Predictor, read: Sequence[_Read]
    ) -> list[tuple[_Read, PredictionTable]]:
        if not read:
            return []
        try:
            tables = predictor.answer([one.asked for one in read], self._spent)
        except Exception as error:
            if len(read) > 1:
                return [pair for one in read for pair in self._together(predictor, [one])]
            (one,) = read
            if isinstance(error, BanianError):
                self._deliver(one.request, _masked(error, one.body))
            else:
                self._log.write_fault("a request failed", error)
                self._deliver(one.request, unforeseen())
            return []
        return list(zip(read, tables, strict=True))

    def _guard(self, request: Request | AloneRequest, work: Callable[[], _Found]) -> _Found | None:
        try:
            return work()
        except Refusal as refusal:
            self._deliver(request, refusal)
        except BanianError as error:
            self._deliver(request, refusal_of(error))
        except Exception as error:
            self._log.write_fault("a request failed", error)
            self._deliver(request, unforeseen())
        return None

    def _spent(self, stage: str, seconds: float) -> None:
        self._measures.stage_seconds.labels(stage).observe(seconds)

    def _deliver(self, request: Request | AloneRequest, said: Reply | Refusal) -> None:
        def tell() -> None:
            if request.reply.done():
                return
            if isinstance(said, Refusal):
                request.reply.set_exception(said)
            else:
                request.reply.set_result(said)

        try:
            request.reply.get_loop().call_soon_threadsafe(tell)
        except RuntimeError:  # the loop has ended, and nobody waits
            return


def _masked(error: BanianError, body: AskBody) -> Refusal:
    """Say what is wrong without the values of the ask that it is about."""
    refusal = refusal_of(error)
    return Refusal(
        refusal.status,
        hide_of_ask(refusal.problem, body.rows.columns, _NAMES),
        remedy=hide_of_ask(refusal.remedy, body.rows.columns, _NAMES),
        retry_after=refusal.retry_after,
    )
