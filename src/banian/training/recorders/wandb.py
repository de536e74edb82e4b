"""A run for Weights & Biases, offline unless WANDB_MODE says otherwise."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from typing_extensions import override

from banian.extra import import_extra
from banian.training.recorder import Phase, Scored
from banian.training.recorders.bookmark import Bookmark
from banian.training.recorders.scalars import name_scalars
from banian.training.recorders.sink import AbstractSink

_PATIENCE = 15.0  # seconds to wait for a server when the run begins, and when it ends
_SETTINGS = {
    "console": "off",
    "disable_code": True,
    "disable_git": True,
    "init_timeout": _PATIENCE,
    "finish_timeout": _PATIENCE,
    "silent": True,
    "x_disable_machine_info": True,
    "x_disable_meta": True,  # the command line may hold credentials of another sink
    "x_disable_stats": True,
    "x_save_requirements": False,
    "x_transaction_log_flush_interval": 1.0,  # what a killed run may lose; its default is 15
}


@final
class WandbRecorder(AbstractSink):
    """Logs the configuration once and every score into `wandb/` in the run's folder.

    Args:
        folder: The run's own folder.
        project: Name of the project.
        config: What is logged once, by name.

    Raises:
        DependencyError: the extra `wandb` is not installed.

    """

    def __init__(self, folder: Path, *, project: str, config: Mapping[str, str]) -> None:
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        self._library = import_extra("wandb", "wandb")
        self._folder, self._project, self._config = folder, project, dict(config)
        self._bookmark = Bookmark(folder / "wandb.json")
        self._run: Any = None

    @property
    @override
    def name(self) -> str:
        return "Weights & Biases"

    @override
    def stage(self, name: str) -> None:
        return

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        if self._run is None:
            found = self._bookmark.find(phase, done)
            run = found or secrets.token_hex(4)
            self._run = self._begin(run)
            if found is None:
                self._bookmark.begin(run)
        self._run.define_metric(f"{phase}/*", step_metric=f"{phase}/step")

    @override
    def step(self) -> None:
        return

    @override
    def score(self, scored: Scored) -> None:
        if self._bookmark.is_news(scored):
            scalars = {"step": scored.step, **name_scalars(scored)}
            named = {f"{scored.phase}/{name}": value for name, value in scalars.items()}
            # It drops rows whose step goes back, and the refit's does.
            self._run.log(named, step=self._bookmark.count, commit=True)
            self._bookmark.tell(scored)

    @override
    def finish(self) -> None:
        return

    @override
    def close(self, *, failed: bool) -> None:
        if self._run is not None:
            self._run.finish(exit_code=int(failed))

    def _begin(self, run: str) -> Any:  # noqa: ANN401
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = self._library.Settings(**_SETTINGS)
        self._library.setup(settings)  # so that nobody is asked for a key
        return self._library.init(
            id=run,
            name=self._folder.resolve().name,
            project=self._project,
            config=self._config,
            dir=self._folder,
            mode=os.environ.get("WANDB_MODE", "offline"),
            resume="allow",
            reinit="create_new",
            settings=settings,
        )
