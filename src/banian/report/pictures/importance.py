"""The raw columns that one task leans on, a bar each."""

from collections.abc import Collection

import altair as alt

from banian.evaluation import ColumnImportance, TaskImportance, number
from banian.report.pictures.picture import (
    FIRST,
    INK,
    MUTED,
    SECOND,
    SMALL,
    TEXT,
    Picture,
    to_svg,
    values,
)

_WIDTH, _ROW = 340, 40
_LONGEST = 27
"""Letters of a name that leave room for the number beside it."""
_WHEN = ": when"


def draw_importance(task: str, importance: TaskImportance, times: Collection[str] = ()) -> Picture:
    """Draw by how much the metric gets worse without each column, with its range; chance below 0 is no bar.

    `times` are the columns that say when rows came to be, and so also how often.
    """
    metric = importance.metric.replace("_", " ")
    top = max([0.0, *(max(one.fall, one.interval[1]) for one in importance.columns)]) or 1.0
    x = alt.Scale(domain=[0, top], nice=False, clamp=True)
    y = alt.Scale(domain=[0, len(importance.columns)], reverse=True)
    title = f"by how much {metric} gets worse"
    across = alt.X("at:Q", scale=x, title=title, axis=alt.Axis(grid=False, tickCount=4))
    down = alt.Y("row:Q", scale=y, axis=None)
    placed = [(row + 0.68, one) for row, one in enumerate(importance.columns)]
    bars = [{"row": row, "at": 0, "end": max(one.fall, 0.0)} for row, one in placed]
    ranges = [
        {"row": row, "at": max(one.interval[0], 0.0), "end": one.interval[1]}
        for row, one in placed
        if one.interval[1] > 0
    ]
    names = [
        {
            "row": row - 0.4,
            "name": _shorten(one.name) + _WHEN * (one.name in times),
            "says": _say(one),
        }
        for row, one in placed
    ]
    text = alt.Chart(values(names)).encode(y=down)
    svg = to_svg(
        alt.Chart(values(bars))
        .mark_bar(color=FIRST, size=11, orient="horizontal")
        .encode(x=across, x2="end:Q", y=down),
        alt.Chart(values(ranges))
        .mark_rule(color=SECOND, strokeWidth=2, strokeCap="round")
        .encode(x=across, x2="end:Q", y=down),
        text.mark_text(align="left", color=INK, fontSize=TEXT).encode(
            x=alt.value(0), text="name:N"
        ),
        text.mark_text(align="right", color=MUTED, fontSize=SMALL).encode(
            x=alt.value(_WIDTH), text="says:N"
        ),
        width=_WIDTH,
        height=_ROW * len(importance.columns),
    )
    said = "; ".join(f"{one.name} {_say(one)}" for one in importance.columns)
    return Picture(
        task, svg, f"By how much {metric} of {task} gets worse without a column: {said}."
    )


def _say(one: ColumnImportance) -> str:
    if one.fall <= 0:
        return "nothing"
    share = "" if one.share is None else f", {100 * one.share:.0f} % of the skill"
    return f"{number(float(f'{one.fall:.2g}'))}{share}"


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:12]}…{name[-14:]}"
