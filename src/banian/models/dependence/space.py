"""The rows that the loss of a conditional task is taken over, and its label there: its own rows or the entire space."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import final

from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch

Losses = Mapping[str, Float[Tensor, " batch"]]
"""Task → the loss of every row."""


class AbstractSpace(nn.Module, ABC):
    """Turns the losses of the towers into those over a space: which rows count, and with which label."""

    @abstractmethod
    def weight(self, batch: Batch) -> Float[Tensor, "batch task"]:
        """Say how much each row counts in the loss of each task, 0 where it does not."""

    @abstractmethod
    def losses(
        self, batch: Batch, logits: Mapping[str, Float[Tensor, "row _"]], own: Losses
    ) -> Losses:
        """Turn the towers' own losses, 0 where no label is known, into those over this space.

        Of an ensemble, `logits` hold those of all members of a row next to each other.
        """

    @abstractmethod
    def fit_prior(self, batch: Batch) -> None:
        """Fit what the losses need to know of the training rows of a grain, given as one batch."""

    @abstractmethod
    def reaches(self, task: str) -> bool:
        """Say whether losses of other tasks reach the tower of this one."""


@final
class OwnSpace(AbstractSpace):
    """Every task learns from the rows where its own label is known."""

    @override
    def weight(self, batch: Batch) -> Float[Tensor, "batch task"]:
        return batch.label_weight

    @override
    def losses(
        self, batch: Batch, logits: Mapping[str, Float[Tensor, "row _"]], own: Losses
    ) -> Losses:
        return own

    @override
    def fit_prior(self, batch: Batch) -> None:
        del batch

    @override
    def reaches(self, task: str) -> bool:
        return False
