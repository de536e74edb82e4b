"""What metrics and predictors are, each in a sentence."""

from collections.abc import Sequence

from banian.spec import Metric

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


def serving_words(predictors: Sequence[str]) -> str:
    """Say what answers a task.

    >>> serving_words(["joint", "trees"])
    'the average of the one network of all tasks and boosted trees'
    """
    named = [_PREDICTORS.get(predictor, predictor) for predictor in predictors]
    if len(named) == 1:
        return named[0]
    return f"the average of {', '.join(named[:-1])} and {named[-1]}"
