"""Requests that bring events: they wait, are held against the columns of training, and are told what became of them."""

import hashlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from threading import Event, Thread
from time import time
from typing import final

from banian.errors import BanianError
from banian.features.appended import NOTHING_APPENDED, Appended
from banian.features.event_record import EventRecord, keys_of
from banian.features.store_index import sum_declared
from banian.serving.audit_log import AuditLog
from banian.serving.event_rows import Tables, hash_personal, parse_events, type_events
from banian.serving.event_stream import EventStream, StreamAwayError, name_of
from banian.serving.event_work import EventWork
from banian.serving.keys import Key
from banian.serving.known_events import KnownEvents
from banian.serving.masking import hide_of_rows
from banian.serving.measures import Measures
from banian.serving.model_holder import ModelHolder
from banian.serving.refusal import Refusal, refusal_of, unforeseen
from banian.serving.scope import refuse_rows
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings

_TOGETHER = 256
"""Requests whose rows are taken in at once."""
_FOLLOW = 0.25
"""Seconds between looks at what other processes wrote."""


@final
@dataclass(frozen=True, eq=False)
class Events:
    """A request that brings events.

    Args:
        body: the rows as they came.
        key: who brings them; none where no key is asked for.
        request_id: of the request, for the audit.
        once: tells whether the same request came before; none where rows without a key are new each time.
        done: becomes what the request is told, or the refusal.

    """

    body: bytes
    key: Key | None
    request_id: str
    once: str | None = None
    done: "Future[dict[str, object]]" = field(default_factory=Future)


@final
@dataclass(frozen=True)
class _Typed:
    events: Events
    sent: Tables
    record: EventRecord
    keys: frozenset[tuple[str, object]]


@final
class EventWriter:
    """Takes events in, in a thread of its own; those that came while it wrote are written together.

    Args:
        work: how; none where this service takes no events.
        holder: the model, which is told what has become known.
        settings: where the run lies, and what a request may hold.
        audit: where each request is written down.
        measures: told how many rows came.
        log: of the service.

    Raises:
        DependencyError: a stream is to be followed, and the extra `redis` is not installed.

    """

    def __init__(
        self,
        work: EventWork | None,
        holder: ModelHolder,
        settings: ServiceSettings,
        *,
        audit: AuditLog,
        measures: Measures,
        log: ServiceLog,
    ) -> None:
        self._holder, self._settings = holder, settings
        self._audit, self._measures, self._log = audit, measures, log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="banian-events")
        self._waiting: deque[Events] = deque()
        self._stops = Event()
        self._follower: Thread | None = None
        self._known: KnownEvents | None = None
        if work is not None:
            stream = None
            if settings.redis is not None:
                bundle = holder.current.predictor.bundle
                name = name_of(sum_declared(bundle.spec, bundle.types))
                stream = EventStream(settings.redis, name)
            self._known = KnownEvents(work, holder, settings, stream, log)
            follow = self._follow_log if stream is None else self._follow_stream
            self._follower = Thread(target=follow, name="banian-follower", daemon=True)
            self._follower.start()

    def put(self, events: Events) -> None:
        """Let a request wait.

        Raises:
            Refusal: 429, too many wait; 503, this service takes no events.

        """
        if self._known is None:
            raise Refusal(
                503, "This service takes no events.", remedy="Append them: banian store --append"
            )
        if len(self._waiting) >= self._settings.queue:
            raise Refusal(
                429,
                f"{len(self._waiting):,} requests with events wait already.",
                remedy="Send again later, or send more rows in fewer requests.",
                retry_after=1,
            )
        self._waiting.append(events)
        try:
            self._thread.submit(self._drain)
        except RuntimeError:  # closed
            raise Refusal(
                503, "The service is stopping.", remedy="Ask another, or later.", retry_after=1
            ) from None

    def close(self) -> None:
        """Take in what waits, and no more; fold it into the store on the disk."""
        self._thread.shutdown(wait=True)
        self._stops.set()
        if self._follower is not None:
            self._follower.join()
        if self._known is not None:
            self._known.close()

    def _follow_log(self) -> None:
        assert self._known is not None
        while not self._stops.wait(_FOLLOW):
            try:
                self._known.follow()
            except Exception as error:
                self._log.write_fault("looking at the log failed", error)

    def _follow_stream(self) -> None:
        assert self._known is not None
        is_told = False
        while not self._stops.is_set():
            try:
                self._known.follow()
                if self._known.wait(_FOLLOW):
                    self._known.pull()
                is_told = False
            except (Refusal, StreamAwayError) as error:
                if not is_told:
                    self._log.write(
                        "the stream of events is away", level="error", problem=str(error)
                    )
                is_told = True
                self._stops.wait(_FOLLOW)
            except Exception as error:
                self._log.write_fault("following the stream failed", error)
                self._stops.wait(1.0)

    def _drain(self) -> None:
        """Take in what waits."""
        group: list[_Typed] = []
        seen: set[tuple[str, object]] = set()
        while self._waiting and len(group) < _TOGETHER:
            events = self._waiting[0]
            try:
                typed = self._type(events)
                if typed.keys & seen:
                    break  # whether it may be sent depends on the row that comes before it
                if typed.record.rows:
                    group.append(typed)
                    seen |= typed.keys
                else:
                    self._tell(typed, NOTHING_APPENDED, 1, is_again=False)
            except Refusal as refusal:
                events.done.set_exception(refusal)
            except Exception as error:
                self._fail(events, error)
            self._waiting.popleft()
        if not group:
            return
        assert self._known is not None
        try:
            taken = self._known.take([one.record for one in group])
        except Exception as error:
            for one in group:
                if isinstance(error, Refusal):
                    one.events.done.set_exception(error)
                else:
                    self._fail(one.events, error)
            return
        for one, (_, told, is_again) in zip(group, taken, strict=True):
            if isinstance(told, Refusal):
                one.events.done.set_exception(told)
            elif isinstance(told, BanianError):
                one.events.done.set_exception(_masked(told, one.sent))
            elif isinstance(told, Exception):
                self._fail(one.events, told)
            else:
                self._tell(one, told, len(group), is_again=is_again)
        self._count([told for _, told, _ in taken if isinstance(told, Appended)])

    def _type(self, events: Events) -> _Typed:
        predictor = self._holder.current.predictor
        bundle = predictor.bundle
        sent = parse_events(events.body, self._settings)
        tables = type_events(sent, bundle)
        refuse_rows(events.key, predictor, self._settings.run, tables)
        tables = hash_personal(tables, bundle.spec)
        digest, key = hashlib.sha256(events.body).hexdigest()[:16], None
        if events.once is not None:
            whose = "" if events.key is None else events.key.digest
            key = hashlib.sha256(f"{whose}\0{events.once}".encode()).hexdigest()[:32]
        record = EventRecord(tables, key=key, digest=digest, at=time())
        return _Typed(events, sent, record, keys_of(bundle.spec, tables))

    def _tell(self, one: _Typed, done: Appended, together: int, *, is_again: bool) -> None:
        model = self._holder.current
        rows = {name: len(table) for name, table in one.record.rows.items()}
        key = one.events.key
        self._audit.write(
            "events",
            rows=rows,
            store=model.store,
            by=None if key is None else key.name,
            request_id=one.events.request_id,
        )
        told = {"rows": rows, "requests": together, **asdict(done), "repeated": is_again}
        one.events.done.set_result({**told, "model": model.version, "store": model.store})

    def _count(self, told: Sequence[Appended]) -> None:
        for done in {
            id(one): one for one in told
        }.values():  # of those taken in at once there is one
            for outcome, count in asdict(done).items():
                self._measures.events.labels(outcome).inc(count)

    def _fail(self, events: Events, error: Exception) -> None:
        self._log.write_fault("appending failed", error, request_id=events.request_id)
        events.done.set_exception(unforeseen())


def _masked(error: BanianError, sent: Tables) -> Refusal:
    refusal = refusal_of(error)
    rows = [row for table in sent.values() for row in table]
    return Refusal(
        refusal.status,
        hide_of_rows(refusal.problem, rows),
        remedy=hide_of_rows(refusal.remedy, rows),
        retry_after=refusal.retry_after,
    )
