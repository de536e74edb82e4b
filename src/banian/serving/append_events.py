"""Events that come in: appended to the store of the run, one request after another, and known to whoever asks next."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
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
class EventWriter:
    """Appends events in a thread of its own.

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
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="banian-events")
        self._waiting, self._lock = 0, Lock()

    def enter(self) -> None:
        """Let one more request wait; `write` has to follow in `thread`.

        Raises:
            Refusal: 429, too many wait; 503, this service takes no events.

        """
        if self._append is None:
            raise Refusal(
                503, "This service takes no events.", remedy="Append them: banian store --append"
            )
        with self._lock:
            if self._waiting >= self._settings.queue:
                raise Refusal(
                    429,
                    f"{self._waiting:,} requests with events wait already.",
                    remedy="Send again later, or send more rows in fewer requests.",
                    retry_after=self._waiting,
                )
            self._waiting += 1

    def write(self, body: bytes, key: Key | None, request_id: str) -> dict[str, object]:
        """Append the events of a request; say what became of them, and which store knows them.

        Raises:
            Refusal: they are not what their tables hold, or they cannot be written now.

        """
        try:
            return self._write(body, key, request_id)
        except BanianError as error:
            raise refusal_of(error) from None
        except Refusal:
            raise
        except Exception as error:
            self._log.write_fault("appending failed", error, request_id=request_id)
            raise unforeseen() from None
        finally:
            with self._lock:
                self._waiting -= 1

    def close(self) -> None:
        """Append what waits, and take no more."""
        self.thread.shutdown(wait=True)

    def _write(self, body: bytes, key: Key | None, request_id: str) -> dict[str, object]:
        assert self._append is not None
        sent = parse_events(body, self._settings)
        bundle = self._holder.current.predictor.bundle
        refuse_rows(
            key, bundle.spec, {name: rows for name, rows in sent.items() if name in bundle.types}
        )
        tables = type_events(sent, bundle)
        done = AppendedRows(0, 0, 0)
        if tables:
            try:
                done = self._append(self._settings.run, tables)
            except BanianError as error:
                raise _masked(error, sent) from None
            self._holder.check()
        model = self._holder.current
        rows = {name: len(table) for name, table in tables.items()}
        self._audit.write(
            "events",
            rows=rows,
            **asdict(done),
            store=model.store,
            by=None if key is None else key.name,
            request_id=request_id,
        )
        for outcome, count in asdict(done).items():
            self._measures.events.labels(outcome).inc(count)
        return {"rows": rows, **asdict(done), "model": model.version, "store": model.store}


def _masked(error: BanianError, sent: Tables) -> Refusal:
    refusal = refusal_of(error)
    rows = [row for table in sent.values() for row in table]
    return Refusal(
        refusal.status,
        hide_of_rows(refusal.problem, rows),
        remedy=hide_of_rows(refusal.remedy, rows),
        retry_after=refusal.retry_after,
    )
