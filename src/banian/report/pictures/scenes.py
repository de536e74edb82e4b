"""One task's score in each place of use."""

from collections.abc import Sequence

from banian.evaluation import SceneScore, number
from banian.report.pictures.dot_plot import Dot, draw_dots
from banian.report.pictures.picture import Picture
from banian.report.result import TaskResult


def draw_scenes(result: TaskResult, scores: Sequence[SceneScore]) -> Picture:
    """Draw the scenes' scores beside the score over all rows."""
    dots = [
        Dot(score.scene, f"{number(score.value)}, {score.rows:,} rows", score.value, score.interval)
        for score in scores
    ]
    whole = [] if result.value is None else [result.value]
    ends = [*whole, *(end for s in scores for end in (s.value, *(s.interval or ())))]
    room = (max(ends) - min(ends) or 1.0) * 0.05
    metric = result.metric.replace("_", " ")
    svg = draw_dots(dots, title=metric, domain=(min(ends) - room, max(ends) + room), rules=whole)
    said = "; ".join(_say(score) for score in scores)
    return Picture(
        result.task,
        svg,
        f"{metric} of {result.task}, over all rows {number(result.value)}: {said}.",
    )


def _say(score: SceneScore) -> str:
    ends = score.interval
    interval = f" ({number(ends[0])} to {number(ends[1])})" if ends else ""
    return f"{score.scene} {number(score.value)}{interval}"
