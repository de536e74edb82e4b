"""What a monitor reads of a service, in a registry of its own."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, final

import numpy as np

from banian.extra import import_extra
from banian.predictions import PredictionTable

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Variable that names the folder in which several processes add up what they count."""
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
_SHARES = (0.0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_AMOUNTS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 1e4, 1e5, 1e6)
_VALUES = np.array([-100.0, -10.0, -1.0, *_SHARES, *_AMOUNTS])
"""Upper ends of what predictions are counted in: fine where probabilities lie, coarse where amounts do."""


@final
class Measures:
    """Counts what is asked, how long it takes and what is answered.

    Raises:
        DependencyError: prometheus-client is not installed.

    """

    def __init__(self) -> None:
        prometheus = import_extra("serve", "prometheus_client")
        self.registry: CollectorRegistry = prometheus.CollectorRegistry()
        here = {"registry": self.registry}
        counter, gauge, histogram = prometheus.Counter, prometheus.Gauge, prometheus.Histogram
        self.requests = counter(
            "banian_requests", "Requests, by route and status.", ["route", "status"], **here
        )
        self.request_seconds = histogram(
            "banian_request_seconds",
            "Seconds from the first byte to the last.",
            ["route"],
            buckets=_SECONDS,
            **here,
        )
        self.stage_seconds = histogram(
            "banian_stage_seconds",
            "Seconds of a batch in each stage: parse, features, network, write.",
            ["stage"],
            buckets=_SECONDS,
            **here,
        )
        self.wait_seconds = histogram(
            "banian_wait_seconds", "Seconds in the queue.", buckets=_SECONDS, **here
        )
        self.batch_requests = histogram(
            "banian_batch_requests", "Requests answered together.", buckets=_SIZES, **here
        )
        self.batch_asks = histogram(
            "banian_batch_asks", "Asks answered together.", buckets=_SIZES, **here
        )
        self.queue_depth = gauge(
            "banian_queue_depth", "Requests that wait.", multiprocess_mode="livesum", **here
        )
        self.answers = counter("banian_answers", "Answers, by task.", ["task"], **here)
        self.cold = counter(
            "banian_cold_answers", "Answers about somebody whom nobody has seen.", ["task"], **here
        )
        self.values = counter(
            "banian_prediction_bucket",
            "Answers with a value up to le, by task; a histogram that is read by histogram_quantile.",
            ["task", "le"],
            **here,
        )
        self.store_end = gauge(
            "banian_store_end_timestamp_seconds",
            "When the newest row of the store was, in seconds since 1970.",
            multiprocess_mode="livemin",
            **here,
        )
        self.feature_age = gauge(
            "banian_feature_age_seconds",
            "How long ago that was.",
            multiprocess_mode="livemax",
            **here,
        )
        self.model_info = gauge(
            "banian_model_info",
            "1 for the bundle that answers.",
            ["model"],
            multiprocess_mode="livemax",
            **here,
        )
        self.swaps = counter(
            "banian_model_changes",
            "Bundles and stores, by what became of them.",
            ["outcome"],
            **here,
        )
        self.degraded = gauge(
            "banian_degraded",
            "1 while answers go on and new events do not come.",
            multiprocess_mode="max",
            **here,
        )
        self.events = counter(
            "banian_event_rows", "Rows of events, by what became of them.", ["outcome"], **here
        )
        self.vectors = counter(
            "banian_entity_vectors",
            "Entities that asks name: kept (their vectors were taken again), or encoded.",
            ["outcome"],
            **here,
        )
        self._write: Callable[..., bytes] = prometheus.generate_latest
        self.media: str = prometheus.CONTENT_TYPE_LATEST

    def count_answers(self, found: PredictionTable) -> None:
        """Count answers, how they are spread, and those about strangers."""
        rows = found.rows
        if not len(rows):
            return
        tasks = np.asarray(rows["task"].combine_chunks())
        values = rows["value"].to_numpy()
        cold = rows["cold"].combine_chunks().value_lengths().to_numpy() > 0
        for task, size in found.tasks.items():
            if not size:
                continue
            own = tasks == task
            self.answers.labels(task).inc(int(own.sum()))
            self.cold.labels(task).inc(int((own & cold).sum()))
            place = np.searchsorted(_VALUES, values[own], side="left")
            up_to = np.cumsum(np.bincount(place, minlength=len(_VALUES) + 1))
            for end, count in zip([*map(str, _VALUES), "+Inf"], up_to, strict=True):
                if count:
                    self.values.labels(task, end).inc(int(count))

    def count_vectors(self, kept: int, encoded: int) -> None:
        """Count entities that asks name: those whose vectors were kept, and those that were encoded."""
        self.vectors.labels("kept").inc(kept)
        self.vectors.labels("encoded").inc(encoded)

    def text(self) -> bytes:
        """Write all of it in the form of Prometheus; of several processes, what they counted together."""
        if SHARED not in os.environ:
            return self._write(self.registry)
        prometheus = import_extra("serve", "prometheus_client")
        several = import_extra("serve", "prometheus_client.multiprocess")
        together = prometheus.CollectorRegistry()
        several.MultiProcessCollector(together)
        return self._write(together)


def forget_process(pid: int | None) -> None:
    """Let what a process that has ended said of itself, such as its queue, count no more; what it counted stays."""
    several = import_extra("serve", "prometheus_client.multiprocess")
    several.mark_process_dead(pid)
