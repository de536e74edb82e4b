"""What a task's score means, in sentences that need no statistics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.evaluation import BELOW, INSIDE, TopTenth, name_promises, policy_mean
from banian.predictions import ANSWERS, SHARE
from banian.report.number import number
from banian.spec import Kind
from banian.spec.expression_text import format_name

_Score = Mapping[str, Any]
"""A task's score, as the card holds it."""


SUMMED: tuple[Kind, ...] = ("count", "amount")
"""Kinds whose labels add up over rows."""


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


def say_truths(score: _Score, tenth: TopTenth | None) -> Iterator[str]:
    """Say how well yes and no are told apart."""
    if tenth is not None:
        lift = "" if tenth.lift is None else f", a lift of {tenth.lift:.1f}"
        yield (
            f"Of 100 in the tenth with the highest probabilities {_of_100(tenth.mean)} come true; "
            f"of 100 taken blindly {_of_100(tenth.overall)}{lift}."
        )
        if tenth.captured is not None:
            yield f"That tenth holds {_of_100(tenth.captured)} of 100 that come true."
    right, found = (score["metrics"].get(name) for name in ("precision", "recall"))
    if right and found is not None and score["positives"]:
        flagged = found * score["positives"] / right / score["rows"]
        yield (
            f"Where it has to say yes or no it flags {_of_100(flagged)} of 100; of 100 it flags "
            f"{_of_100(right)} come true, and of 100 that come true it flags {_of_100(found)}."
        )


def say_numbers(score: _Score, unit: str, tenth: TopTenth | None) -> Iterator[str]:
    """Say how far numbers are off, and whether those who matter are found."""
    off, same = (score.get(name, {}).get("mae") for name in ("metrics", "constants"))
    if off is not None:
        beside = "" if same is None else f"; saying the same of every row is off by {number(same)}"
        yield f"On average it is off by {number(off)} ({unit}){beside}."
    if tenth is not None and tenth.captured is not None and score["kind"] in SUMMED:
        yield (
            f"The tenth with the highest predictions holds {_of_100(tenth.captured)} % of the total; a tenth taken "
            "blindly holds 10 %."
        )
    elif tenth is not None:
        yield (
            f"In the tenth with the highest predictions the mean is {number(tenth.mean)}; over all rows it is "
            f"{number(tenth.overall)}."
        )


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


def say_classes(score: _Score) -> Iterator[str]:
    """Say how often the right class is named."""
    right, same = (score.get(name, {}).get("accuracy") for name in ("metrics", "constants"))
    if right is not None:
        beside = (
            ""
            if same is None
            else f"; naming the most frequent one every time, for {_of_100(same)}"
        )
        yield f"It names the right class for {_of_100(right)} of 100{beside}."


def say_rankings(score: _Score, top: int | None) -> Iterator[str]:
    """Say in how many lists something is right."""
    hit, same = (score.get(name, {}).get("hit_rate") for name in ("metrics", "constants"))
    if hit is not None:
        beside = (
            ""
            if same is None
            else f"; the same most popular items for everyone, in {_of_100(same)}"
        )
        yield f"In {_of_100(hit)} of 100 lists of {top} at least one item is right{beside}."
    share, usual = (score.get(name, {}).get("recall") for name in ("metrics", "constants"))
    if share is not None and usual is not None:
        yield (
            f"Of 100 items that a list could have named it names {_of_100(share)}; the most popular ones, "
            f"{_of_100(usual)}."
        )


def say_effects(judged: pa.Table, control: str, unit: str) -> Iterator[str]:
    """Say what following the advice would have given, from the trial itself."""
    if (
        ANSWERS not in judged.column_names
    ):  # there are no labels beside what an older Banian predicted
        return
    known = judged.filter(pc.is_valid(judged[ANSWERS]))
    if not len(known):
        return
    label = known["label"].to_numpy().astype(np.float64)
    arm = np.array([names[0] for names in known[ANSWERS].to_pylist()], str)
    best = np.array(known["choice"].to_pylist(), str)
    advised = np.where(known["value"].to_numpy() > 0, best, control)
    means = {name: float(label[arm == name].mean()) for name in np.unique(arm)}
    reached = policy_mean(label, arm, advised)
    treated = {name: mean for name, mean in means.items() if name != control}
    if np.isfinite(reached) and treated and control in means:
        top = max(treated, key=lambda name: treated[name])
        yield (
            f"Had each row got what it is advised, the mean of {unit} would have been {number(reached)}; "
            f"with {control} for all {number(means[control])}, with {top} for all {number(treated[top])}."
        )


def say_promises(score: _Score) -> Iterator[str]:
    """Say how far intervals and quantiles held, each named by what it promises."""
    held = name_promises(*(score.get(name) for name in ("coverage", "quantile", "below")))
    if INSIDE in held:
        promised = _of_100(SHARE)
        yield (
            f"Its {promised} % interval, which promises {promised} of 100 labels, held {_of_100(score['coverage'])}."
        )
    if BELOW in held:
        yield (
            f"Its quantile {score['quantile']:g}, which promises {100 * score['quantile']:.10g} of 100 labels at or "
            f"below, had {_of_100(score['below'])} there."
        )


def say_weighted(column: str) -> Iterator[str]:
    """Say what counts rows by their weights, and what counts each once."""
    yield (
        f"Scores, base rate, intervals and the columns that matter weigh each row by {format_name(column)}; the tenth "
        "with the highest predictions, totals and pictures of calibration count each row once."
    )


def _of_100(share: float) -> str:
    """Write a share as so many of 100.

    >>> _of_100(0.3149), _of_100(0.004)
    ('31', '0.4')
    """
    return f"{100 * share:.0f}" if share >= 0.0095 or share == 0 else f"{100 * share:.1g}"
