"""Events that come in: appended to the store of the run, and known to whoever asks next."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias, final

import pyarrow as pa

from banian.errors import BanianError
from banian.serving.audit_log import AuditLog
from banian.serving.event_rows import Tables, parse_events, type_events
from banian.serving.keys import Key
from banian.serving.masking import hide_of_rows
from banian.serving.measures import Measures
from banian.serving.model_holder import ModelHolder
from banian.serving.refusal import Refusal, refusal_of, unforeseen
from banian.serving.scope import refuse_rows
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings

_TOGETHER = 256
"""Requests whose rows are written at once."""


@final
@dataclass(frozen=True)
class AppendedRows:
    """What became of rows.

    Args:
        added: came behind the stored ones.
        replaced: took the place of a stored row, whose key they have.
        aside: could not be used, and lie in RUN/store.quarantine.parquet with the reason.

    """

    added: int
    replaced: int
    aside: int


Append: TypeAlias = Callable[[Path, Mapping[str, pa.Table]], AppendedRows]
"""Appends rows of tables to the store of a run, all of them or none; loads what it needs when it is first called."""


@final
@dataclass(frozen=True, eq=False)
class Events:
    """A request that brings events.

    Args:
        body: the rows as they came.
        key: who brings them; none where no key is asked for.
        request_id: of the request, for the audit.
        done: becomes what the request is told, or the refusal.

    """

    body: bytes
    key: Key | None
    request_id: str
    done: "Future[dict[str, object]]" = field(default_factory=Future)


@final
@dataclass(frozen=True)
class _Typed:
    events: Events
    sent: Tables
    tables: Mapping[str, pa.Table]
    names: frozenset[tuple[str, object]]
    """Table and key of each row that has one."""


@final
class EventWriter:
    """Appends events in a thread of its own; those that came while it wrote are written together.

    Args:
        append: how; none where this service takes no events.
        holder: the model, which is told what has become known.
        settings: where the run lies, and what a request may hold.
        audit: where each append is written down.
        measures: told how many rows came.
        log: of the service.

    """

    def __init__(
        self,
        append: Append | None,
        holder: ModelHolder,
        settings: ServiceSettings,
        *,
        audit: AuditLog,
        measures: Measures,
        log: ServiceLog,
    ) -> None:
        self._append, self._holder, self._settings = append, holder, settings
        self._audit, self._measures, self._log = audit, measures, log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="banian-events")
        self._waiting: deque[Events] = deque()

    def put(self, events: Events) -> None:
        """Let a request wait.

        Raises:
            Refusal: 429, too many wait; 503, this service takes no events.

        """
        if self._append is None:
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
        """Append what waits, and take no more."""
        self._thread.shutdown(wait=True)

    def _drain(self) -> None:
        """Append what waits, as far as it can be appended at once."""
        group: list[_Typed] = []
        names: set[tuple[str, object]] = set()
        while self._waiting and len(group) < _TOGETHER:
            events = self._waiting[0]
            typed = self._type(events)
            if typed is not None and typed.names & names:
                break  # a row that comes twice must come one after the other
            self._waiting.popleft()
            if typed is not None:
                group.append(typed)
                names |= typed.names
        if group:
            self._write(group)

    def _type(self, events: Events) -> _Typed | None:
        predictor = self._holder.current.predictor
        bundle = predictor.bundle
        try:
            sent = parse_events(events.body, self._settings)
            tables = type_events(sent, bundle)
            refuse_rows(events.key, predictor, self._settings.run, tables)
        except Refusal as refusal:
            events.done.set_exception(refusal)
            return None
        except Exception as error:
            self._fail(events, error)
            return None
        names = {
            (name, value)
            for name, table in tables.items()
            if (key := bundle.spec.source(name).key) is not None
            for value in table[key].to_pylist()
        }
        return _Typed(events, sent, tables, frozenset(names))

    def _write(self, group: Sequence[_Typed]) -> None:
        assert self._append is not None
        together: dict[str, list[pa.Table]] = {}
        for one in group:
            for name, table in one.tables.items():
                together.setdefault(name, []).append(table)
        done = AppendedRows(0, 0, 0)
        try:
            if together:
                done = self._append(
                    self._settings.run,
                    {name: pa.concat_tables(parts) for name, parts in together.items()},
                )
        except Exception as error:
            if len(group) > 1:
                for one in group:
                    self._write([one])
            elif isinstance(error, BanianError):
                group[0].events.done.set_exception(_masked(error, group[0].sent))
            else:
                self._fail(group[0].events, error)
            return
        try:
            self._holder.check()
        except Exception as error:
            self._log.write_fault("looking at the run failed", error)
        self._tell(group, done)

    def _tell(self, group: Sequence[_Typed], done: AppendedRows) -> None:
        model = self._holder.current
        for outcome, count in asdict(done).items():
            self._measures.events.labels(outcome).inc(count)
        for one in group:
            rows = {name: len(table) for name, table in one.tables.items()}
            key = one.events.key
            self._audit.write(
                "events",
                rows=rows,
                store=model.store,
                by=None if key is None else key.name,
                request_id=one.events.request_id,
            )
            told = {"rows": rows, "requests": len(group), **asdict(done)}
            one.events.done.set_result({**told, "model": model.version, "store": model.store})

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
