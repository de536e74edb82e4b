"""L2 on the embeddings that a batch looks up, and on no others.

Source: Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009, whose update shrinks what
a draw touches. A row of a table is pulled as often as it is met, and one that is never met keeps its start; decay of
whole tables would let rare rows fade between two meetings.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn

LookedUp = list[Tensor]
"""The embeddings that came out of tables, call by call."""


def table_modules(model: nn.Module) -> list[nn.Embedding]:
    """List the model's embedding tables."""
    return [part for part in model.modules() if isinstance(part, nn.Embedding)]


@contextmanager
def watch_tables(tables: Sequence[nn.Embedding]) -> Iterator[LookedUp]:
    """Collect what comes out of the tables within."""
    seen: LookedUp = []

    def keep(_: nn.Module, codes: tuple[Tensor, ...], vectors: Tensor) -> None:
        del codes
        seen.append(vectors)

    hooks = [table.register_forward_hook(keep) for table in tables]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def half_square_length(seen: LookedUp) -> Float[Tensor, ""]:
    """Give half the sum of the squares of all that was looked up."""
    squares = [vectors.square().sum() for vectors in seen]
    return torch.stack(squares).sum() / 2 if squares else torch.zeros(())
