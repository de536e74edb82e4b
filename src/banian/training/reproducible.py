"""Reproducible steps: the same in every run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def reproducible() -> Iterator[None]:
    """Let a step use one core, unless `use_threads` says otherwise, and deterministic algorithms.

    Micro-batches of some hundred rows gain nothing from a second core. The weights do not depend on how many there are.
    """
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    switches: Any = torch.utils.deterministic  # a module with properties, which types do not know
    fills = switches.fill_uninitialized_memory
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs for it
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
    # Whatever is allocated is written before it is read; filling it first takes a twentieth of a step.
    switches.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        switches.fill_uninitialized_memory = fills
