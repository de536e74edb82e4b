"""All tasks on one scale: what a constant reaches, and what is possible."""

from collections.abc import Sequence

from banian.evaluation import number
from banian.report.pictures.dot_plot import Dot, draw_dots
from banian.report.pictures.picture import Picture
from banian.report.result import TaskResult

_LOWEST = -0.5  # a worse skill is drawn at the edge, else the others would have no room


def draw_skill(results: Sequence[TaskResult]) -> Picture:
    """Draw each task's score with its interval between constant (0) and best possible or perfect score (1)."""
    dots = [_dot(result) for result in results]
    ends = [end for dot in dots for end in (dot.at, *(dot.ends or ())) if end is not None]
    lowest = min([0.0, *ends])
    domain = (max(_LOWEST, lowest) if lowest < 0 else -0.02, max([1.02, *ends]))
    svg = draw_dots(dots, title="skill", domain=domain, rules=(0.0, 1.0))
    said = "; ".join(_say(dot) for dot in dots)
    return Picture("Skill", svg, f"Skill from 0, the best constant, to 1: {said}.")


def _dot(result: TaskResult) -> Dot:
    ends = None
    if result.interval is not None:
        skills = [result.skill(end) for end in result.interval]
        known = sorted(skill for skill in skills if skill is not None)
        ends = (known[0], known[-1]) if known else None
    return Dot(
        name=result.task,
        says=f"{result.metric} {number(result.value) or 'undefined'}".replace("_", " "),
        at=result.skill(result.value),
        ends=ends,
        is_sure=bool(result.better),
        limit=1.0 if result.is_reachable else None,
    )


def _say(dot: Dot) -> str:
    if dot.at is None:
        return f"{dot.name} undefined"
    interval = f" ({dot.ends[0]:.2f} to {dot.ends[1]:.2f})" if dot.ends else ""
    return f"{dot.name} {dot.at:.2f}{interval}"
