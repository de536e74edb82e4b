"""Figures by name."""

from banian.training.recorder import Scored


def name_scalars(scored: Scored) -> dict[str, float]:
    """Give each figure the name of its kind and task.

    >>> name_scalars(Scored("refit", 9, 0.5, {"churn": 0.8}, {}, {}, {"churn": 1.0}))
    {'train_loss/churn': 0.8, 'weight/churn': 1.0}
    """
    kinds = {
        "train_loss": scored.train_loss,
        "valid_loss": scored.valid_loss,
        "metric": scored.metrics,
        "weight": scored.weights,
    }
    return {f"{kind}/{task}": value for kind, by in kinds.items() for task, value in by.items()}
