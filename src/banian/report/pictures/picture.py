"""A picture that takes its colours from the page, so that it follows light, dark and print."""

from dataclasses import dataclass
from typing import Any, final

import altair as alt
import vl_convert

INK, MUTED, RULE = "var(--ink)", "var(--muted)", "var(--rule)"
PAPER, FIRST, SECOND = "var(--paper)", "var(--first)", "var(--second)"
TEXT, SMALL = 13, 11
"""Sizes in pixels."""
_STYLE = alt.Config(
    aria=False,  # the page says each picture in words
    axis=alt.AxisConfig(
        domainColor=RULE,
        gridColor=RULE,
        labelColor=MUTED,
        labelFontSize=SMALL,
        tickColor=RULE,
        titleColor=MUTED,
        titleFontSize=SMALL,
        titleFontWeight="normal",
    ),
    font="inherit",
    view=alt.ViewConfig(stroke=None),
)


@final
@dataclass(frozen=True)
class Picture:
    """A drawing, and a description for those who do not see it."""

    title: str
    """Its caption."""
    svg: str
    """The drawing, an <svg> element."""
    alt: str
    """What it shows, in words."""


def values(rows: list[dict[str, Any]]) -> alt.Data:
    """Wrap rows for a chart."""
    return alt.Data(values=rows)


def to_svg(*layers: alt.Chart, width: int, height: int) -> str:
    """Draw layers over each other; nothing is fetched, and names in their data are escaped.

    Units: pixels.
    """
    chart = alt.layer(
        *layers,
        width=width,
        height=height,
        background="transparent",
        padding=4,
        config=_STYLE,
    )
    return vl_convert.vegalite_to_svg(chart.to_dict(validate=False), allowed_base_urls=[])
