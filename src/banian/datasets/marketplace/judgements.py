"""What people who judge results say of them: a grade for a sample of what searches found."""

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, numbered
from banian.datasets.marketplace.clock import HOUR
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.visits import Visits
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

JUDGED = 0.15
"""Share of the results that are judged."""
SLIPS = 0.1
"""Probability that a judge is off by one."""
_AFTER = HOUR


def write_judgements(
    world: World, visits: Visits, shown: Shown, day: int, writer: TableWriter
) -> None:
    """Write the judgements of a day's results: the grade that attributes give, off by one now and then."""
    generator = world.streams.of("judgements", day)
    at = shown.at + _AFTER
    is_judged = (shown.wish >= 0) & (generator.random(len(at)) < JUDGED) & (at < world.end)
    rows = np.flatnonzero(is_judged)
    true = shown.grade[rows]
    away = np.where(generator.random(len(rows)) < 0.5, -1, 1) * (
        generator.random(len(rows)) < SLIPS
    )
    away = np.where((true + away < 0) | (true + away > 3), -away, away)
    key = writer.rows["judgements"] + np.arange(len(rows))
    writer.add(
        "judgements",
        judgement_id=key,
        session_id=numbered("v", visits.session[shown.visit[rows]]),
        product_id=shown.product[rows],
        judged_at=instants(at[rows]),
        grade=true + away,
    )
    writer.add("truth_judgements", judgement_id=key, grade=true)
