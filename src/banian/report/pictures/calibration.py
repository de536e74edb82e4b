"""One binary task's predictions against what came true."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from banian.evaluation import Bin
from banian.report.pictures.picture import FIRST, MUTED, Picture, to_svg, values

_SIDE = 230


def draw_calibration(task: str, bins: Sequence[Bin]) -> Picture:
    """Draw the observed share of each bin over its mean prediction, with the diagonal on which both agree."""
    most = min(1.0, 1.05 * max(max(found.predicted, found.upper) for found in bins))
    scale = alt.Scale(domain=[0, most], nice=False)
    axis = alt.Axis(format="~%", tickCount=5, grid=False)
    x = alt.X("predicted:Q", title="predicted", scale=scale, axis=axis)
    y = alt.Y("observed:Q", title="came true", scale=scale, axis=axis)
    ends: list[dict[str, Any]] = [{"predicted": at, "observed": at} for at in (0, most)]
    agree = alt.Chart(values(ends)).mark_line(color=MUTED, strokeDash=[2, 3], strokeWidth=1)
    points = [
        {
            "predicted": found.predicted,
            "observed": found.observed,
            "lower": found.lower,
            "upper": found.upper,
        }
        for found in bins
    ]
    base = alt.Chart(values(points))
    whiskers = base.mark_rule(color=FIRST, strokeWidth=3, strokeCap="round", opacity=0.55)
    dots = base.mark_point(color=FIRST, fill=FIRST, size=45, opacity=1)
    svg = to_svg(
        agree.encode(x=x, y=y),
        whiskers.encode(x=x, y=alt.Y("lower:Q", scale=scale, title="came true"), y2="upper:Q"),
        dots.encode(x=x, y=y),
        width=_SIDE,
        height=_SIDE,
    )
    held = sum(found.holds for found in bins)
    said = "; ".join(
        f"{found.predicted:.1%} predicted, {found.observed:.1%} true" for found in bins
    )
    return Picture(
        task,
        svg,
        f"Calibration of {task}; in {held} of {len(bins)} bins the interval holds the prediction: {said}.",
    )
