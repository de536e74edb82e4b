"""The parts of a service that live as long as it does."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import final

import pyarrow as pa
import torch

from banian.errors import RunError
from banian.serving.access import Access
from banian.serving.append_events import EventWriter
from banian.serving.audit_log import AuditLog
from banian.serving.batching import Batcher
from banian.serving.event_work import EventWork
from banian.serving.facts import age_of
from banian.serving.measures import Measures
from banian.serving.model_holder import ModelHolder, Outcome
from banian.serving.recommending import Recommending
from banian.serving.refusal import Refusal
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings
from banian.storage import reason_of

AUDIT = "audit.jsonl"
"""File of a run in which it stands what was published, rolled back and appended."""


@final
class Service:
    """Answers asks about a run.

    Args:
        settings: which run, and how.
        work: how events are taken in; none where they are not.
        log: where it tells what happens; standard error where nothing is said.

    Raises:
        BundleError: what lies in the run cannot answer.
        RunError: the file of keys cannot be read, or the audit log cannot be written.

    """

    def __init__(
        self,
        settings: ServiceSettings,
        work: EventWork | None = None,
        log: ServiceLog | None = None,
    ) -> None:
        torch.set_num_threads(settings.threads)
        pa.set_cpu_count(settings.threads)
        self.settings, self.log, self.measures = settings, log or ServiceLog(), Measures()
        self.access = Access(settings)
        file = settings.run / AUDIT
        try:
            AuditLog(file).write("start", run=str(settings.run))
        except OSError as error:
            raise RunError(
                f"Cannot write {file}: {reason_of(error)}.",
                remedy="Serve a run in a folder that can be written to.",
            ) from None
        audit = AuditLog(file, lambda error: self.log.write_fault("audit failed", error))
        self.holder = ModelHolder(settings, audit, self.log)
        self.batcher = Batcher(self.holder, settings, self.measures, self.log)
        self.recommending = Recommending(settings, self.measures, lambda: self.holder.degraded)
        self.events = EventWriter(
            work, self.holder, settings, audit=audit, measures=self.measures, log=self.log
        )
        self.swapper = ThreadPoolExecutor(1, thread_name_prefix="banian-swap")
        self._model = ""

    async def watch(self) -> None:
        """Look from time to time whether what lies in the run was replaced."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.settings.watch)
            with suppress(RuntimeError):  # the service stops
                self.count(await loop.run_in_executor(self.swapper, self.look))
            self._tell_model()  # each process tells of itself, whoever is asked for all

    def busy(self) -> Refusal | None:
        """Give the refusal for whoever asks the model now; none where there is time for him."""
        return self.batcher.full() if self.batcher.is_full else None

    def look(self) -> Outcome:
        """Look once; whatever happens, the model that answers goes on."""
        try:
            return self.holder.check()
        except Exception as error:
            self.log.write_fault("looking at the run failed", error)
            return "unchanged"

    def count(self, outcome: Outcome) -> None:
        """Count what became of a bundle or a store."""
        if outcome in ("published", "refused"):
            self.measures.swaps.labels(outcome).inc()

    def metrics(self) -> bytes:
        """Write what was measured."""
        self._tell_model()
        return self.measures.text()

    def _tell_model(self) -> None:
        model, measures = self.holder.current, self.measures
        if self._model != model.version:
            if self._model:
                measures.model_info.labels(self._model).set(0)
            measures.model_info.labels(model.version).set(1)
            self._model = model.version
        age, end = age_of(model), model.store_end
        if age is not None and end is not None:
            measures.feature_age.set(age)
            measures.store_end.set(end / 1e6)
        measures.degraded.set(bool(self.holder.degraded))

    def close(self) -> None:
        """Finish what waits, and end the threads."""
        self.batcher.close()
        self.events.close()
        self.swapper.shutdown(wait=True)
