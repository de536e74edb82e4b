"""The parts of pages that are written on the server: the tasks and how well they are answered; the model's card."""

from collections.abc import Collection
from typing import Any

from banian.evaluation import number
from banian.inference import Predictor
from banian.kinds import build_kind
from banian.report.result import Serving, TaskResult, task_results
from banian.report.run import Run
from banian.report.sentences import serving_words
from banian.studio.templates import render


def render_tasks(run: Run, allowed: Collection[str] | None) -> str:
    """Write the tasks in words: the question, the usual, how well it is answered and what that means."""
    from banian.report.pictures import draw_importance, draw_skill  # slow to import

    results = _results(run, allowed)
    return render(
        "tasks.html.jinja",
        run=run,
        results=results,
        skill=draw_skill(results) if results else None,
        importance={
            result.task: draw_importance(result.task, result.importance)
            for result in results
            if result.importance is not None and result.importance.columns
        },
        number=number,
        build_kind=build_kind,
    )


def render_card(run: Run, predictor: Predictor, allowed: Collection[str] | None) -> str:
    """Write the card: data, what serves each task, whether learning together helped, how it was trained."""
    results = _results(run, allowed)
    return render(
        "card.html.jinja",
        run=run,
        card=predictor.card,
        results=results,
        number=number,
        serving_words=serving_words,
        verdict_of=verdict_of,
    )


def verdict_of(serving: Serving | None) -> str:
    """Say whether learning together with the other tasks helped one.

    >>> verdict_of(Serving(("joint",), "", {"joint": 0.78, "twin": 0.75}))
    'Learned together 0.78, alone 0.75 on validation rows.'
    >>> verdict_of(None)
    'Only the one network of all tasks was tried.'
    """
    scores: dict[str, Any] = {} if serving is None else dict(serving.scores)
    alone, together = scores.get("twin"), scores.get("joint")
    if alone is None or together is None:
        return "Only the one network of all tasks was tried."
    return f"Learned together {number(together)}, alone {number(alone)} on validation rows."


def _results(run: Run, allowed: Collection[str] | None) -> tuple[TaskResult, ...]:
    found = task_results(run, {})
    return tuple(one for one in found if allowed is None or one.task in allowed)
