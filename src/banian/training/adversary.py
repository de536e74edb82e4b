"""Adversarial training on embedded fields.

Source: Miyato, Dai and Goodfellow, "Adversarial Training Methods for Semi-Supervised Text Classification", ICLR 2017,
equations 5 and 6: r = ε·g/‖g‖ with g the gradient of a row's loss in its embeddings, all fields together, and the loss
of the moved row beside that of the row itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn

from banian.models.encoders import FieldsEmbedding

RowLosses = Mapping[str, Float[Tensor, " batch"]]
Embedded = Float[Tensor, "batch _"]
"""The embedded fields of one entity; how many differs between entities."""


def attacked_losses(model: nn.Module, reach: float, lose: Callable[[], RowLosses]) -> RowLosses:
    """Average each row's loss with its loss after its embedded fields moved by `reach` in the worst direction.

    `lose` runs the model on the rows, in the same way each time.
    """
    seen: list[Embedded] = []

    def keep(vectors: Embedded) -> Embedded:
        seen.append(vectors)
        return vectors

    with torch.enable_grad(), _changed(model, keep):  # also where nobody else wants gradients
        plain = lose()
        blow = iter(_worst(seen, torch.stack(list(plain.values())).sum(), reach))
    with _changed(model, lambda vectors: vectors + next(blow)):
        attacked = lose()
    return {task: (loss + attacked[task]) / 2 for task, loss in plain.items()}


def _worst(seen: Sequence[Embedded], loss: Tensor, reach: float) -> list[Embedded]:
    """Find how to move the embedded fields; a row without a gradient stays where it is."""
    slopes = torch.autograd.grad(loss, seen, retain_graph=True)
    length = torch.stack([slope.square().sum(dim=1) for slope in slopes]).sum(dim=0).sqrt()
    size = torch.where(length > 0, reach / length, 0).unsqueeze(1)
    return [size * slope for slope in slopes]


@contextmanager
def _changed(model: nn.Module, change: Callable[[Embedded], Embedded]) -> Iterator[None]:
    """Within, let the embedded fields of every entity be changed before they are mixed."""

    def hook(_: nn.Module, given: object, embedded: Embedded) -> Embedded:
        del given
        return change(embedded)

    fields = [part for part in model.modules() if isinstance(part, FieldsEmbedding)]
    hooks = [part.register_forward_hook(hook) for part in fields]
    try:
        yield
    finally:
        for each in hooks:
            each.remove()
