"""The constant prediction by metric, mean or median, and the refusal of negative labels."""

from jaxtyping import Float
from torch import Tensor

from banian.kinds import Reports
from banian.models.towers.weighted_quantile import weighted_median


def best_constant(label: Float[Tensor, " row"], reports: Reports) -> Float[Tensor, " 1"]:
    """Give the mean or the median of some labels.

    >>> import torch
    >>> best_constant(torch.tensor([1.0, 1.0, 4.0]), "mean").item()
    2.0
    """
    median = reports == "median"
    found = weighted_median(label, label.new_ones(len(label))) if median else label.mean()
    return found.unsqueeze(0)


def refuse_negative(label: Float[Tensor, " row"], what: str, remedy: str) -> None:
    """Refuse labels below 0.

    Raises: ValueError where there is one.
    """
    if label.min() < 0:
        raise ValueError(
            f"{what} cannot be negative, but the labels go down to {label.min().item():g}; {remedy}"
        )
