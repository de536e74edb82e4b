"""Random draws that can be made again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor


@final
@dataclass(frozen=True)
class Draws:
    """The state of torch's global generators at some moment."""

    cpu: Tensor
    cuda: tuple[Tensor, ...]

    @contextmanager
    def again(self) -> Iterator[None]:
        """Within, draw as from that moment on; afterwards, as if nothing had been drawn."""
        now = save_draws()
        _set(self)
        try:
            yield
        finally:
            _set(now)


def save_draws() -> Draws:
    """Remember this moment."""
    cuda = tuple(torch.cuda.get_rng_state_all()) if torch.cuda.is_initialized() else ()
    return Draws(torch.get_rng_state(), cuda)


def _set(draws: Draws) -> None:
    torch.set_rng_state(draws.cpu)
    if draws.cuda:
        torch.cuda.set_rng_state_all(list(draws.cuda))
