"""The metrics a spec can name."""

from typing import assert_never

import numpy as np
from jaxtyping import Float64

from banian.evaluation.binary_metrics import auc, average_precision, log_loss
from banian.evaluation.class_metrics import accuracy, kappa, macro_f1
from banian.evaluation.number_metrics import deviance, mae, rmse
from banian.evaluation.uplift_metrics import qini
from banian.evaluation.weighted_sums import ratio
from banian.spec import Metric


def measure(
    metric: Metric,
    label: Float64[np.ndarray, "row *part"],
    prediction: Float64[np.ndarray, "row *output"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Compute the metric of that name; NaN where it is undefined.

    What each takes as label and prediction, `outcomes.py` says. Pinball loss, ranked probability and the metrics of
    rankings take what each row adds as the prediction, and are its mean.

    >>> measure("mae", np.array([1.0, 2.0]), np.array([1.0, 5.0]), np.ones(2))
    1.5
    """
    match metric:
        case "auc":
            return auc(label, prediction, weight)
        case "average_precision":
            return average_precision(label, prediction, weight)
        case "log_loss":
            return log_loss(label, prediction, weight)
        case "mae":
            return mae(label, prediction, weight)
        case "rmse":
            return rmse(label, prediction, weight)
        case "deviance":
            return deviance(label, prediction, weight)
        case "accuracy":
            return accuracy(label, prediction, weight)
        case "macro_f1":
            return macro_f1(label, prediction, weight)
        case "kappa":
            return kappa(label, prediction, weight)
        case "pinball" | "ranked_probability" | "ndcg" | "recall" | "mrr":
            return ratio(weight @ prediction, weight.sum())
        case "qini":
            return qini(label, prediction, weight)
        case _:
            assert_never(metric)


def higher_is_better(metric: Metric) -> bool:
    """Say on which side of a difference the better model lies.

    >>> higher_is_better("auc"), higher_is_better("mae")
    (True, False)
    """
    match metric:
        case "auc" | "average_precision" | "accuracy" | "macro_f1" | "kappa":
            return True
        case "ndcg" | "recall" | "mrr" | "qini":
            return True
        case "log_loss" | "mae" | "rmse" | "deviance" | "pinball" | "ranked_probability":
            return False
        case _:
            assert_never(metric)
