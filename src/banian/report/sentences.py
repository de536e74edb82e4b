"""What metrics, scores and predictors mean, in sentences that need no statistics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from banian.evaluation import BELOW, INSIDE, name_promises, number, of_100
from banian.predictions import SHARE
from banian.spec import Metric
from banian.spec.expression_text import format_name

METRIC_WORDS: dict[Metric, str] = {
    "auc": "AUC: of two rows, one that comes true and one that does not, how often the former is given the higher "
    "probability. 0.5 is chance, 1 is perfect.",
    "average_precision": "Average precision: the share that comes true among the rows ranked highest, averaged over "
    "how far down one goes. The base rate is chance, 1 is perfect.",
    "log_loss": "Log loss: how surprised one is by what comes true, given the probabilities. 0 is perfect; being sure "
    "and wrong costs most.",
    "accuracy": "Accuracy: the share of rows for which the right class is named. 1 is perfect.",
    "macro_f1": "Macro F1: how well each class is found and how often naming it is right, all classes counting alike. "
    "1 is perfect.",
    "mae": "Mean absolute error: how far the predictions are off on average, in the unit of the label. 0 is perfect.",
    "rmse": "Root mean squared error: how far the predictions are off, large errors counting more, in the unit of the "
    "label. 0 is perfect.",
    "ranked_probability": "Ranked probability score: how far the probabilities of the grades are from the grade that "
    "comes, near misses costing less. 0 is perfect.",
    "kappa": "Kappa: how much better than chance the grades agree, far misses costing more. 0 is chance, 1 is perfect.",
    "deviance": "Deviance: how far counts are from those expected, measured against how much counts of that size "
    "scatter. 0 is perfect.",
    "pinball": "Pinball loss: how far labels are from the predicted quantile, the side on which fewer are to lie "
    "costing more. 0 is perfect.",
    "ndcg": "NDCG: how many of the right items are in the list and how far up, against the best list possible. 1 is "
    "perfect.",
    "recall": "Recall: how many of the items that a list of this length could have named it names. 1 is perfect.",
    "mrr": "Mean reciprocal rank: one over the place of the first right item, 0 without any. 1 is perfect.",
    "qini": "Qini: what treating those first who are said to gain most adds over treating as many by chance. 0 is "
    "chance.",
}
"""Metric → what it means."""
_PREDICTORS = {
    "joint": "the one network of all tasks",
    "twin": "a network for this task alone",
    "trees": "boosted trees",
}
_Score = Mapping[str, Any]
"""A task's score, as the card holds it."""


@final
@dataclass(frozen=True)
class Total:
    """What was predicted and what came true, summed over the test rows."""

    unit: str
    """The columns that the label is counted in."""
    predicted: float
    """Sum of the predictions."""
    actual: float
    """Sum of the labels."""
    is_of_medians: bool
    """Whether medians were summed, which gives too little where a few labels are large."""


def say_total(total: Total, rows: int) -> Iterator[str]:
    """Say the sums over all rows of predictions and labels, in the unit of the label."""
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
    """Say which figures weigh rows by their weights, and which count each once."""
    yield (
        f"Scores, base rate, intervals and the columns that matter weigh each row by {format_name(column)}; the tenth "
        "with the highest predictions, totals and pictures of calibration count each row once."
    )


def serving_words(predictors: Sequence[str]) -> str:
    """Name the predictors that answer a task.

    >>> serving_words(["joint", "trees"])
    'the average of the one network of all tasks and boosted trees'
    """
    named = [_PREDICTORS.get(predictor, predictor) for predictor in predictors]
    if len(named) == 1:
        return named[0]
    return f"the average of {', '.join(named[:-1])} and {named[-1]}"
