"""Where to compute."""

from typing import Literal

import torch

from banian.errors import DependencyError

Device = Literal["auto", "cpu", "cuda"]


def choose_device(wanted: Device) -> torch.device:
    """Give the device that was asked for; `auto` takes a GPU where there is one.

    Raises:
        DependencyError: a GPU was asked for and there is none that this build of torch can use.

    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise DependencyError(
            f"There is no GPU that torch {torch.__version__} can use.",
            remedy="Write --device cpu, or install a build of torch for your GPU.",
        )
    return torch.device(wanted)
