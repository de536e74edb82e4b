"""Rows of a dot between whiskers, each under its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import altair as alt

from banian.report.pictures.picture import (
    FIRST,
    INK,
    MUTED,
    PAPER,
    RULE,
    SECOND,
    SMALL,
    TEXT,
    to_svg,
    values,
)

_WIDTH, _ROW = 340, 46
_LONGEST = 30
"""Letters of a name that leave room for the number beside it."""


@final
@dataclass(frozen=True)
class Dot:
    """One row."""

    name: str
    """Written above it, at the left."""
    says: str
    """The number in words, at the right."""
    at: float | None
    """Its value; None draws no dot."""
    ends: tuple[float, float] | None = None
    """Ends of its interval."""
    is_sure: bool = True
    """Whether the dot is filled."""
    limit: float | None = None
    """Where a mark stands that one passes only by luck."""


def draw_dots(
    dots: Sequence[Dot], *, title: str, domain: tuple[float, float], rules: Sequence[float]
) -> str:
    """Draw one row per dot on a common axis; `rules` are values with a line of their own.

    What lies outside the domain is drawn at its edge.
    """
    x = alt.Scale(domain=list(domain), nice=False, clamp=True)
    y = alt.Scale(domain=[0, len(dots)], reverse=True)
    across = alt.X("at:Q", scale=x, title=title, axis=alt.Axis(grid=False, tickCount=5))
    down = alt.Y("row:Q", scale=y, axis=None)
    placed = [(row + 0.65, dot) for row, dot in enumerate(dots)]
    lines = [{"row": row - 0.22, "end": row + 0.22, "at": at} for row, _ in placed for at in rules]
    whiskers = [
        {"row": row, "at": dot.ends[0], "end": dot.ends[1]} for row, dot in placed if dot.ends
    ]
    limits = [{"row": row, "at": dot.limit} for row, dot in placed if dot.limit is not None]
    found = [
        {"row": row, "at": dot.at, "fill": FIRST if dot.is_sure else PAPER}
        for row, dot in placed
        if dot.at is not None
    ]
    names = [
        {"row": row - 0.42, "name": _shorten(dot.name), "says": dot.says} for row, dot in placed
    ]
    text = alt.Chart(values(names)).encode(y=down)
    return to_svg(
        alt.Chart(values(lines))
        .mark_rule(color=RULE, strokeWidth=2)
        .encode(x=across, y=down, y2="end:Q"),
        alt.Chart(values(whiskers))
        .mark_rule(color=FIRST, strokeWidth=3, strokeCap="round", opacity=0.55)
        .encode(x=across, x2="end:Q", y=down),
        alt.Chart(values(limits))
        .mark_tick(color=SECOND, orient="vertical", size=24, thickness=3, opacity=1)
        .encode(x=across, y=down),
        alt.Chart(values(found))
        .mark_point(size=80, stroke=FIRST, strokeWidth=2, opacity=1)
        .encode(x=across, y=down, fill=alt.Fill("fill:N", scale=None)),
        text.mark_text(align="left", color=INK, fontSize=TEXT).encode(
            x=alt.value(0), text="name:N"
        ),
        text.mark_text(align="right", color=MUTED, fontSize=SMALL).encode(
            x=alt.value(_WIDTH), text="says:N"
        ),
        width=_WIDTH,
        height=_ROW * len(dots),
    )


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:17]}…{name[-12:]}"
