"""Figures by name."""

from banian.training.recorder import Scored


def name_scalars(scored: Scored) -> dict[str, float]:
    """Give each figure the name of its kind and task, or of both tasks.

    >>> name_scalars(Scored("refit", 9, 0.5, {"churn": 0.8}, {}, {}, {"churn": 1.0}))
    {'train_loss/churn': 0.8, 'weight/churn': 1.0}
    """
    cosines = {
        f"{one}/{other}": value for one, by in scored.cosines.items() for other, value in by.items()
    }
    kinds = {
        "train_loss": scored.train_loss,
        "valid_loss": scored.valid_loss,
        "metric": scored.metrics,
        "weight": scored.weights,
        "gradient_norm": scored.gradient_norms,
        "cosine": cosines,
    }
    return {f"{kind}/{task}": value for kind, by in kinds.items() for task, value in by.items()}
