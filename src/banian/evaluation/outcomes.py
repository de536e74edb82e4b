"""From answers and labels to what metrics read, one function per family of kinds."""

import numpy as np
from jaxtyping import Float64, Int

from banian.evaluation.class_metrics import ranked_probability
from banian.evaluation.number_metrics import pinball
from banian.evaluation.outcome import Outcome
from banian.evaluation.ranking_metrics import score_rankings
from banian.predictions import Answer

_NOTHING = -2
"""Stands where fewer items can be ranked than are asked for; no item's code, nor what stands behind the last."""


def outcome_of_truths(
    label: Float64[np.ndarray, " row"], answer: Answer, threshold: float
) -> Outcome:
    """Read yes or no; a label has no interval, its probability has."""
    pair = label, answer.value
    return Outcome(
        {"auc": pair, "average_precision": pair, "log_loss": pair},
        confidence=pair,
        threshold=threshold,
    )


def outcome_of_numbers(label: Float64[np.ndarray, " row"], answer: Answer) -> Outcome:
    """Read counts, amounts and measures."""
    pair = label, answer.value
    return Outcome({"mae": pair, "rmse": pair, "deviance": pair}, inside=_inside(label, answer))


def outcome_of_quantiles(
    label: Float64[np.ndarray, " row"], answer: Answer, rank: float
) -> Outcome:
    """Read a quantile of a number."""
    loss = pinball(label, answer.value, rank=rank)
    return Outcome(
        {"pinball": (label, loss)},
        inside=_inside(label, answer),
        quantile=rank,
        below=label <= answer.value,
    )


def outcome_of_grades(
    label: Float64[np.ndarray, " row"], answer: Answer, grades: Float64[np.ndarray, " grade"]
) -> Outcome:
    """Read grades; without probabilities of each, all is said to lie at the predicted one."""
    nearest = np.abs(answer.value[:, None] - grades).argmin(axis=1)
    probability = np.eye(len(grades))[nearest] if answer.weights is None else answer.weights
    said = probability.argmax(axis=1)
    pair = label, answer.value
    return Outcome(
        {
            "mae": pair,
            "rmse": pair,
            "ranked_probability": (label, ranked_probability(label, probability, grades)),
            "kappa": (label, grades[nearest]),
        },
        confidence=None
        if answer.weights is None
        else ((label == grades[said]).astype(np.float64), probability.max(axis=1)),
        inside=_inside(label, answer),
    )


def outcome_of_classes(
    code: Float64[np.ndarray, " row"], weights: Float64[np.ndarray, "row choice"]
) -> Outcome:
    """Read classes; the last column is that of unknown ones, which is never the choice."""
    place = code.astype(np.int64)
    likelihood = np.take_along_axis(weights, place[:, None], axis=1)[:, 0]
    choice = weights[:, :-1].argmax(axis=1).astype(np.float64)
    pair = code, choice
    return Outcome(
        # The probability of what came true is judged like that of a yes.
        {"log_loss": (np.ones(len(code)), likelihood), "accuracy": pair, "macro_f1": pair},
        confidence=((code == choice).astype(np.float64), weights[:, :-1].max(axis=1)),
    )


def outcome_of_rankings(
    items: Int[np.ndarray, "row slot"],
    count: Float64[np.ndarray, " row"],
    weights: Float64[np.ndarray, "row choice"],
    top: int,
) -> Outcome:
    """Read lists of items; the last column is that of unknown ones, which are never ranked.

    Nor is an item of weight 0, which is none of the row's candidates.
    """
    ranked = rank_choices(weights, top)
    ranked = np.where(np.take_along_axis(weights, ranked, axis=1) > 0, ranked, _NOTHING)
    scores = score_rankings(items, count, ranked)
    return Outcome(
        {
            "ndcg": (count, scores.ndcg),
            "recall": (count, scores.recall_at_k),
            "mrr": (count, scores.mrr),
        },
        hit=scores.mrr > 0,
    )


def outcome_of_effects(
    label: Float64[np.ndarray, " row"],
    arm: Int[np.ndarray, " row"],
    weights: Float64[np.ndarray, "row choice"],
) -> Outcome:
    """Read what treatments add; the last column is that of the control, which adds nothing."""
    return Outcome({"qini": (np.stack([label, arm], axis=1), weights[:, :-1])})


def rank_choices(
    weights: Float64[np.ndarray, "row choice"], top: int
) -> Int[np.ndarray, "row rank"]:
    """Give the columns with the largest weights, the largest first, without the last column.

    >>> rank_choices(np.array([[0.1, 0.4, 0.4, 0.2, 0.9]]), 3)
    array([[1, 2, 3]])
    """
    known = weights[:, :-1]
    if known.shape[1] > top:
        best = np.sort(np.argpartition(-known, top - 1, axis=1)[:, :top], axis=1)
    else:
        best = np.broadcast_to(np.arange(known.shape[1]), known.shape)
    order = np.argsort(-np.take_along_axis(known, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)


def _inside(label: Float64[np.ndarray, " row"], answer: Answer) -> np.ndarray | None:
    if answer.lower is None or answer.upper is None:
        return None
    return (answer.lower <= label) & (label <= answer.upper)
