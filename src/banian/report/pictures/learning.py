"""One task's loss over the epochs."""

import math

import altair as alt

from banian.report.learning_curve import Curve
from banian.report.pictures.picture import FIRST, MUTED, RULE, SECOND, Picture, to_svg, values

_WIDTH, _HEIGHT = 280, 130


def draw_learning(task: str, curve: Curve, chosen: float | None) -> Picture:
    """Draw training and validation loss in units of the constant's, and the epoch that was chosen."""
    x = alt.X("epoch:Q", title="epochs", axis=alt.Axis(grid=False, tickCount=5, format="~s"))
    y = alt.Y(
        "loss:Q",
        title=None,
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(tickCount=4, domain=False, ticks=False),
    )
    same = alt.Chart(values([{"loss": 1}])).mark_rule(color=MUTED, strokeDash=[2, 3]).encode(y=y)
    stop = [] if chosen is None else [{"epoch": chosen}]
    layers = [same, alt.Chart(values(stop)).mark_rule(color=RULE, strokeWidth=3).encode(x=x)]
    for losses, colour, dash in (
        (curve.train, SECOND, [5, 3]),
        (curve.valid, FIRST, [1, 0]),
    ):
        points = [
            {"epoch": epoch, "loss": round(loss, 5)}
            for epoch, loss in zip(curve.epoch, losses, strict=True)
            if math.isfinite(loss)
        ]
        drawn = alt.Chart(values(points))
        if len(points) == 1:  # a line of one point would not be seen
            layers.append(drawn.mark_point(color=colour, fill=colour).encode(x=x, y=y))
        else:
            line = drawn.mark_line(color=colour, strokeWidth=2, strokeDash=dash)
            layers.append(line.encode(x=x, y=y))
    svg = to_svg(*layers, width=_WIDTH, height=_HEIGHT)
    return Picture(task, svg, _say(task, curve, chosen))


def _say(task: str, curve: Curve, chosen: float | None) -> str:
    known = [loss for loss in curve.valid if math.isfinite(loss)]
    went = f", from {known[0]:.3g} to {known[-1]:.3g}, lowest {min(known):.3g}" if known else ""
    stop = "" if chosen is None else f"; training was stopped at epoch {chosen:.3g}"
    return f"Validation loss of {task} over {curve.epoch[-1]:.3g} epochs{went}{stop}."
