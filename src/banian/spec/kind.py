"""What a label can be, what it can be judged by, and which towers can learn it."""

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


def _one_of(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"
