"""Learning curves: each task's loss while epochs were selected."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

_MOST_POINTS = 120  # more than a small picture can show


@final
@dataclass(frozen=True)
class Curve:
    """Losses of one task, in units of the constant predictor's; NaN where there was none."""

    epoch: tuple[float, ...]
    """When each loss was measured, in epochs."""
    train: tuple[float, ...]
    """Loss of the training rows."""
    valid: tuple[float, ...]
    """Loss of the validation rows."""


def learning_curves(log: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> dict[str, Curve]:
    """Gather each task's losses; tasks that were never scored are left out.

    >>> event = {"event": "score", "phase": "select", "step": 9, "epoch": 0.5}
    >>> event["valid_loss"] = {"spend": 0.9}
    >>> learning_curves([event], ["spend", "churn"])
    {'spend': Curve(epoch=(0.5,), train=(nan,), valid=(0.9,))}
    """
    scored = _thin(_scores(log))
    curves = {}
    for task in tasks:
        train = [_number(event.get("train_loss"), task) for event in scored]
        valid = [_number(event.get("valid_loss"), task) for event in scored]
        if any(map(math.isfinite, train + valid)):
            epochs = tuple(float(event["epoch"]) for event in scored)
            curves[task] = Curve(epochs, tuple(train), tuple(valid))
    return curves


def chosen_epoch(log: Sequence[Mapping[str, Any]], steps: int) -> float | None:
    """Give the epoch after which training would have been best stopped; None where the log does not reach it."""
    found = (float(event["epoch"]) for event in _scores(log) if event["step"] == steps)
    return next(found, None)


def _scores(log: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    scores: list[Mapping[str, Any]] = []
    for event in log:
        if (event.get("event"), event.get("phase")) != ("score", "select"):
            continue
        if isinstance(event.get("step"), int) and isinstance(event.get("epoch"), int | float):
            while scores and scores[-1]["step"] >= event["step"]:
                scores.pop()  # a run that was resumed made this step again
            scores.append(event)
    return scores


def _thin(scores: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    every = -(-len(scores) // _MOST_POINTS)
    return [score for at, score in enumerate(reversed(scores)) if at % every == 0][::-1]


def _number(losses: object, task: str) -> float:
    loss = losses.get(task) if isinstance(losses, Mapping) else None
    return float(loss) if isinstance(loss, int | float) and math.isfinite(loss) else math.nan
