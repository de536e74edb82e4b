"""What a task's score means, in sentences that need no statistics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

from banian.evaluation import BELOW, INSIDE, name_promises, number, of_100
from banian.predictions import SHARE
from banian.spec.expression_text import format_name

_Score = Mapping[str, Any]
"""A task's score, as the card holds it."""


@final
@dataclass(frozen=True)
class Total:
    """What was predicted and what came true, summed over the test rows."""

    unit: str
    """The columns that the label is counted in."""
    predicted: float
    actual: float
    is_of_medians: bool
    """Whether medians were summed, which gives too little where a few labels are large."""


def say_total(total: Total, rows: int) -> Iterator[str]:
    """Say what all rows come to, in the unit of the label."""
    medians = (
        "; these are medians, whose sum is too low where a few labels are large"
        if total.is_of_medians
        else ""
    )
    yield (
        f"Over all {rows:,} test rows it predicts {number(total.predicted)} in total, and {number(total.actual)} came "
        f"true ({total.unit}{medians})."
    )


def say_promises(score: _Score) -> Iterator[str]:
    """Say how far intervals and quantiles held, each named by what it promises."""
    held = name_promises(*(score.get(name) for name in ("coverage", "quantile", "below")))
    if INSIDE in held:
        promised = of_100(SHARE)
        yield (
            f"Its {promised} % interval, which promises {promised} of 100 labels, held {of_100(score['coverage'])}."
        )
    if BELOW in held:
        yield (
            f"Its quantile {score['quantile']:g}, which promises {100 * score['quantile']:.10g} of 100 labels at or "
            f"below, had {of_100(score['below'])} there."
        )


def say_weighted(column: str) -> Iterator[str]:
    """Say what counts rows by their weights, and what counts each once."""
    yield (
        f"Scores, base rate, intervals and the columns that matter weigh each row by {format_name(column)}; the tenth "
        "with the highest predictions, totals and pictures of calibration count each row once."
    )
