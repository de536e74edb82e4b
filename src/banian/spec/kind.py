"""The kinds of task by name, and what a spec must know of each before there is any data.

All else that sets a kind apart stands in its file in `banian.kinds`.
"""

from typing import Literal

Kind = Literal[
    "binary",
    "multiclass",
    "ordinal",
    "count",
    "amount",
    "regression",
    "quantile",
    "ranking",
    "uplift",
]
Metric = Literal[
    "auc",
    "average_precision",
    "log_loss",
    "accuracy",
    "macro_f1",
    "mae",
    "rmse",
    "ranked_probability",
    "kappa",
    "deviance",
    "pinball",
    "ndcg",
    "recall",
    "mrr",
    "qini",
]
Tower = Literal[
    "bernoulli",
    "categorical",
    "cumulative_link",
    "poisson",
    "negative_binomial",
    "zero_inflated_log_normal",
    "gaussian",
    "relative_error",
    "pinball",
    "softmax",
    "sampled_softmax",
    "arms",
]

METRICS: dict[Kind, tuple[Metric, ...]] = {
    "binary": ("auc", "average_precision", "log_loss"),
    "multiclass": ("log_loss", "accuracy", "macro_f1"),
    "ordinal": ("mae", "rmse", "ranked_probability", "kappa"),
    "count": ("deviance", "mae", "rmse"),
    "amount": ("mae", "rmse"),
    "regression": ("mae", "rmse"),
    "quantile": ("pinball",),
    "ranking": ("ndcg", "recall", "mrr"),
    "uplift": ("qini",),
}
"""What each kind can be judged by; the first is the default."""
TOWERS: dict[Kind, tuple[Tower, ...]] = {
    "binary": ("bernoulli",),
    "multiclass": ("categorical",),
    "ordinal": ("cumulative_link", "relative_error"),
    "count": ("poisson", "negative_binomial", "zero_inflated_log_normal", "relative_error"),
    "amount": ("relative_error", "zero_inflated_log_normal", "gaussian"),
    "regression": ("relative_error", "gaussian"),
    "quantile": ("pinball",),
    "ranking": ("softmax", "sampled_softmax"),
    "uplift": ("arms",),
}
"""Which towers can learn each kind; the first is the default."""
QUESTIONS: dict[Kind, str] = {
    "binary": "whether {condition}",
    "multiclass": "which class {value} is",
    "quantile": "the number that {value} does not exceed in {cases}",
}
"""How a question reads, where its kind says more than its label does."""
TREATED: Kind = "uplift"
"""What a task is that says which treatments to compare."""
_OF_CONDITIONS: tuple[Kind, ...] = ("binary", TREATED)
"""Kinds that a label which is yes or no can have."""


def check_choices(kind: Kind, metric: Metric | None, tower: Tower | None) -> None:
    """Refuse a metric or a tower that does not fit the kind.

    Raises:
        ValueError: with what fits.

    >>> check_choices("count", "auc", None)
    Traceback (most recent call last):
    ValueError: count is judged by one of deviance, mae, rmse, not auc

    """
    if metric is not None and metric not in METRICS[kind]:
        raise ValueError(f"{kind} is judged by {_one_of(METRICS[kind])}, not {metric}")
    if tower is not None and tower not in TOWERS[kind]:
        raise ValueError(f"{kind} is learned by {_one_of(TOWERS[kind])}, not {tower}")


def check_form(kind: Kind | None, *, is_condition: bool, quantile: float | None) -> None:
    """Refuse a kind that a label of this form cannot have.

    Args:
        kind: what the task says that it is; None where only its labels can tell.
        is_condition: whether the label is yes or no by its expression.
        quantile: which quantile is asked for, if any.

    Raises:
        ValueError: with what fits.

    """
    if is_condition and kind not in (None, *_OF_CONDITIONS):
        raise ValueError(f"a label that is yes or no is binary, not {kind}")
    if (kind == "quantile") != (quantile is not None):
        raise ValueError("kind quantile and which one go together, like AS quantile 0.9")


def check_treated(kind: Kind | None, *, is_treated: bool) -> None:
    """Refuse uplift without treatments to compare, and treatments of another kind.

    Raises:
        ValueError: with what to write.

    >>> check_treated("count", is_treated=True)
    Traceback (most recent call last):
    ValueError: what a treatment adds is uplift, not count

    """
    if kind == TREATED and not is_treated:
        raise ValueError(
            "uplift is what a treatment of rows adds: write UPLIFT segment OVER 'nothing'"
        )
    if is_treated and kind not in (None, TREATED):
        raise ValueError(f"what a treatment adds is {TREATED}, not {kind}")


def _one_of(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"
