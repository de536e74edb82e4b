"""The state of the random generators, so that the same draws can be made again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor


@final
@dataclass(frozen=True)
class RngState:
    """The states of torch's global generators at some moment.

    Args:
        cpu: That of the CPU.
        cuda: That of each GPU; empty where CUDA is not in use.

    """

    cpu: Tensor
    cuda: tuple[Tensor, ...]

    @contextmanager
    def replay(self) -> Iterator[None]:
        """Draw, within, as from that moment on; afterwards go on as if nothing had been drawn."""
        now = save_rng_state()
        _set(self)
        try:
            yield
        finally:
            _set(now)


def save_rng_state() -> RngState:
    """Remember the states of this moment."""
    cuda = tuple(torch.cuda.get_rng_state_all()) if torch.cuda.is_initialized() else ()
    return RngState(torch.get_rng_state(), cuda)


def _set(state: RngState) -> None:
    torch.set_rng_state(state.cpu)
    if state.cuda:
        torch.cuda.set_rng_state_all(list(state.cuda))
