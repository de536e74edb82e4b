"""The model that answers now, the one before it, and the next one, which has to prove itself first."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from random import Random
from threading import Lock
from time import monotonic
from typing import Any, Literal, TypeAlias, final

from banian.errors import BanianError, BundleError
from banian.serving.audit_log import AuditLog
from banian.serving.candidate import Answered, Candidate
from banian.serving.candidate_check import find_worse_scores
from banian.serving.disk_state import DiskState, is_altered, look_at
from banian.serving.refusal import Refusal
from banian.serving.served_model import ServedModel, load_model, say_answering, with_new_store
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings
from banian.storage import new_file

ROLLED_BACK = "rolled_back.json"
"""File of a run with the versions of bundles that are not to answer; all processes that serve the run read it."""
FORCED = "forced.json"
"""File of a run with the versions of bundles that an administrator takes although they are worse; all read it, too."""
Outcome: TypeAlias = Literal["unchanged", "shadowing", "published", "refused"]
_MOST_TOLD = 16
_MOST_REMEMBERED = 256
"""Asks whose answers are kept for the next model; requests with more than a quarter of that are not."""
_FORCE = '. POST /v1/admin/reload with {"force": true} takes it all the same'


@final
class ModelHolder:
    """Holds what answers; replaces it only by what was loaded whole, answered as a shadow, and answered in numbers.

    `current` may be read by any thread at any time. `check`, `reload` and `roll_back` may be called by any thread, and
    work one after another.

    Args:
        settings: where the run lies, and how long a shadow lasts.
        audit: where it is written down what was published.
        log: of the service.

    Raises:
        BundleError: what lies in the run cannot answer.

    """

    def __init__(self, settings: ServiceSettings, audit: AuditLog, log: ServiceLog) -> None:
        self._settings, self._audit, self._log = settings, audit, log
        self._lock, self._random = Lock(), Random(0)
        self.current, self._seen = load_model(settings.run, settings.model)
        self.previous: ServedModel | None = None
        self._candidate: Candidate | None = None
        self._recent: deque[Answered] = deque()
        self.refused: dict[str, str] = {}
        """Version of a bundle, or of a store → why it does not answer; the latest."""
        self._bad, self._taken = self._rolled_back(), self._forced()
        self.degraded: tuple[str, ...] = ()
        """What is not as it should be while answers go on: `events`, of which no new ones come."""
        self.renewing: Callable[[ServedModel], AbstractContextManager[ServedModel]] = nullcontext
        """Gives a model with the events that came since its store was written; none come while it takes its place."""
        if self.current.version in self._bad:
            log.write("serving what was rolled back", level="warning", model=self.current.version)
        log.write("model loaded", model=self.current.version, **say_answering(self.current))
        audit.write("publish", model=self.current.version, store=self.current.store, by="start")

    @property
    def candidate(self) -> ServedModel | None:
        """The next one, while it answers as a shadow."""
        return None if self._candidate is None else self._candidate.model

    def check(self) -> Outcome:
        """Look whether something else lies in the run and load it beside; let what has proved itself take its place.

        Never raises for what lies there: what cannot answer is refused, and told in the log.
        """
        with self._lock:
            self._follow_rollback()
            if self._candidate is not None:
                return self._judge(self._candidate)
            state, bad, taken = self._look(), self._rolled_back(), self._forced()
            if (state, bad, taken) == (self._seen, self._bad, self._taken):
                return "unchanged"
            self._bad, self._taken = bad, taken
            return self._load(state)

    def reload(self, by: str, *, force: bool = False) -> Outcome:
        """Load what lies in the run although it was refused or rolled back before; with `force` even if it is worse."""
        with self._lock:
            state = self._look()
            self._forgive(state.bundle)
            if force:
                self._taken = {**self._forced(), state.bundle: by}
                _write(self._settings.run / FORCED, self._taken)
                self._audit.write("force", model=state.bundle, by=by)
            self._log.write("reload", by=by, model=state.bundle)
            return self._load(state)

    def roll_back(self, by: str) -> ServedModel:
        """Let the model before the present one answer, and the present one no more.

        Raises:
            Refusal: 409, there is none before it.

        """
        with self._lock:
            if self.previous is None:
                raise Refusal(
                    409,
                    "No other bundle has answered before this one, since the service started.",
                    remedy="Put an earlier bundle in the place of this one in the run.",
                )
            bad, self._candidate = self.current.version, None
            self._note_rollback(bad)
            self._go_back(f"rolled back by {by}")
            self._audit.write(
                "rollback", model=self.current.version, store=self.current.store, of=bad, by=by
            )
            return self.current

    def shadow(self, answered: Sequence[Answered]) -> None:
        """Let the next model answer what the present one has just answered, and compare; what it says goes nowhere.

        The latest asks are remembered: one that is loaded later is tried on them at once.
        """
        for one, said in answered:
            if 0 < one.given.count <= _MOST_REMEMBERED // 4:
                self._recent.append((one, said))
        while sum(one.given.count for one, _ in self._recent) > _MOST_REMEMBERED:
            self._recent.popleft()
        trial = self._candidate
        if trial is None or self._random.random() >= self._settings.shadow_share:
            return
        left = self._settings.shadow_asks - trial.asks
        if left > 0:
            some = answered[:left]
            trial.answer(some)
            trial.asks += sum(max(1, one.given.count) for one, _ in some)

    def _load(self, state: DiskState) -> Outcome:
        self._seen = state
        current = self.current
        if (state.bundle, state.store, state.graphs) == (
            current.version,
            current.base,
            current.graphs,
        ):
            if not is_altered(self._settings.run, self._settings.model, spoilt=state.spoilt):
                return "unchanged"
            altered = f"{state.bundle}, altered"
            return self._refuse(altered, state.store, "its files are not those that were saved")
        if state.bundle in self._bad and state.bundle != self.current.version:
            return "refused"
        try:
            if state.bundle == self.current.version:
                newer = with_new_store(current, self._settings.run, state)
                what = "graphs" if newer.base == current.base else "store"
                with self.renewing(newer) as newer:
                    self.current = newer
                self._audit.write("publish", model=newer.version, store=newer.store, by=what)
                facts = {"model": newer.version, "store": newer.store} | say_answering(newer)
                self._log.write(f"{what} replaced", **facts)
                return "published"
            model, found = load_model(self._settings.run, self._settings.model)
            if found.spoilt is not None and model.fitted == current.fitted:
                return self._pass_over(state, found, str(model.answering.also))
            self._seen = found
        except BanianError as error:
            return self._refuse(state.bundle, state.store, error.problem)
        except Exception as error:
            return self._refuse(
                state.bundle, state.store, f"it cannot be loaded: {type(error).__name__}"
            )
        card = self.current.predictor.card
        if worse := find_worse_scores(card, model.predictor.card):
            if model.version not in self._taken:
                why = f"its scores are worse than those of the present one: {', '.join(worse)}{_FORCE}"
                return self._refuse(state.bundle, state.store, why)
            self._log.write("taken although worse", level="warning", model=model.version, of=worse)
        trial = Candidate(model)
        trial.answer(tuple(self._recent))
        self._candidate = trial
        self._log.write("shadow begins", model=model.version, store=model.store)
        return "shadowing"

    def _pass_over(self, state: DiskState, found: DiskState, why: str) -> Outcome:
        """Refuse one set that cannot answer: the bundle that it was made of, or an earlier one set of it, goes on."""
        if found.bundle == self.current.version:
            self._seen = found
            self._load(found)  # its store, its graphs
        return self._refuse(state.bundle, state.store, why)

    def _look(self) -> DiskState:
        settings = self._settings
        return look_at(settings.run, settings.model, spoilt=self._seen.spoilt)

    def _judge(self, trial: Candidate) -> Outcome:
        settings = self._settings
        if trial.fault is not None:
            self._candidate = None
            return self._refuse(trial.model.version, trial.model.store, trial.fault)
        is_over = monotonic() - trial.since >= settings.shadow_seconds
        if trial.asks < settings.shadow_asks and not is_over:
            return "shadowing"
        self._candidate = None
        moved = trial.comparison.find_moved(settings.most_moved)
        if moved and trial.model.version not in self._taken:
            why = f"it answers otherwise than the present one to the same asks: {', '.join(moved)}{_FORCE}"
            return self._refuse(trial.model.version, trial.model.store, why)
        self._recent.clear()
        with self.renewing(trial.model) as new:
            self.previous, self.current = self.current, new
        before = self.previous.version
        facts = {"model": new.version, "store": new.store, "before": before, "asks": trial.asks}
        facts["distances"] = {
            task: round(one, 3) for task, one in trial.comparison.distances().items()
        }
        self._audit.write("publish", by="bundle", **facts)
        self._log.write("bundle replaced", level="info", **facts)
        return "published"

    def _refuse(self, bundle: str, store: str, why: str) -> Outcome:
        version = bundle if bundle != self.current.version else store
        self.refused.pop(version, None)
        self.refused[version] = why
        for oldest in list(self.refused)[:-_MOST_TOLD]:
            del self.refused[oldest]
        self._log.write("refused", level="error", model=bundle, store=store, problem=why)
        self._audit.write("refuse", model=bundle, store=store, problem=why)
        return "refused"

    def _go_back(self, why: str) -> None:
        assert self.previous is not None
        bad, back = self.current, self.previous
        state = self._look()
        with suppress(
            BundleError
        ):  # the store may belong to the other bundle: what it was must do then
            back = with_new_store(back, self._settings.run, state)
        self._recent.clear()
        with self.renewing(back) as back:
            self.current, self.previous, self._seen = back, None, state
        self.refused[bad.version] = why
        self._log.write("rolled back", level="warning", model=back.version, of=bad.version)

    def _follow_rollback(self) -> None:
        """Do what another process was told to."""
        if self.previous is not None and self.current.version in self._rolled_back():
            self._go_back("rolled back")

    def _rolled_back(self) -> dict[str, Any]:
        return _read(self._settings.run / ROLLED_BACK)

    def _forced(self) -> dict[str, Any]:
        return _read(self._settings.run / FORCED)

    def _note_rollback(self, version: str) -> None:
        self._write_rolled_back({**self._rolled_back(), version: True})

    def _forgive(self, version: str) -> None:
        self.refused.pop(version, None)
        known = self._rolled_back()
        if known.pop(version, None):
            self._write_rolled_back(known)

    def _write_rolled_back(self, known: dict[str, Any]) -> None:
        _write(self._settings.run / ROLLED_BACK, known)
        self._bad = known


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, known: dict[str, Any]) -> None:
    with new_file(path) as partial:
        partial.write_text(json.dumps(known), encoding="utf-8")
