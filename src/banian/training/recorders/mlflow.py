"""A run on an MLflow server, or in an SQLite file."""

import os
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Any, final

from typing_extensions import override

from banian.extra import import_extra
from banian.training.recorder import Phase, Scored
from banian.training.recorders.bookmark import Bookmark
from banian.training.recorders.scalars import name_scalars
from banian.training.recorders.sink import AbstractSink

_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # a shop's training is nobody else's business
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # some seconds; MLflow's seven take minutes
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # it may hold a password
}


@final
class MLflowRecorder(AbstractSink):
    """Logs the parameters once and every score; a resumed run goes on as the same run.

    Args:
        uri: Where MLflow keeps runs, like `sqlite:////path/mlflow.db` or `https://…`.
        folder: The run's own folder, which remembers the run that MLflow knows it by.
        experiment: Name of the experiment in MLflow.
        params: Parameters that are logged once, by name.

    Raises:
        DependencyError: the extra `mlflow` is not installed.

    """

    def __init__(
        self, uri: str, folder: Path, *, experiment: str, params: Mapping[str, str]
    ) -> None:
        for name, value in _DEFAULTS.items():
            os.environ.setdefault(name, value)  # MLflow can be told these things in no other way
        import_extra("mlflow", "alembic")  # for databases; mlflow-skinny does not bring it
        self._library = import_extra("mlflow", "mlflow")
        self._uri, self._experiment, self._params = uri, experiment, dict(params)
        self._run_name = folder.resolve().name
        self._bookmark = Bookmark(folder / "mlflow.json")
        self._client: Any = None
        self._run = ""

    @property
    @override
    def name(self) -> str:
        return "MLflow"

    @override
    def stage(self, name: str) -> None:
        return

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        if self._client is not None:
            return
        self._client = self._library.MlflowClient(self._uri)
        found = self._bookmark.find(phase, done)
        if found is None:
            self._begin()
        else:
            self._run = found
            self._client.update_run(found, status="RUNNING")

    @override
    def step(self) -> None:
        return

    @override
    def score(self, scored: Scored) -> None:
        if self._bookmark.is_news(scored):
            now = int(time() * 1000)
            metrics = [
                self._library.entities.Metric(f"{scored.phase}/{name}", value, now, scored.step)
                for name, value in name_scalars(scored).items()
            ]
            self._client.log_batch(self._run, metrics=metrics)
            self._bookmark.tell(scored)

    @override
    def finish(self) -> None:
        return

    @override
    def close(self, *, failed: bool) -> None:
        if self._run:
            self._client.set_terminated(self._run, "FAILED" if failed else "FINISHED")

    def _begin(self) -> None:
        known = self._client.get_experiment_by_name(self._experiment)
        where = (
            self._client.create_experiment(self._experiment)
            if known is None
            else known.experiment_id
        )
        self._run = self._client.create_run(where, run_name=self._run_name).info.run_id
        self._bookmark.begin(self._run)
        params = [self._library.entities.Param(*param) for param in self._params.items()]
        self._client.log_batch(self._run, params=params)
