"""Batches that hold nothing but labels, and funnels of any depth."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch

from banian.batches import Batch


def labelled(columns: Mapping[str, list[float]]) -> Batch:
    """A batch of these labels; NaN where one is not known."""
    label = torch.tensor(list(columns.values()), dtype=torch.float64).T
    mask = ~label.isnan()
    return Batch(
        grain="rows of pages",
        tasks=tuple(columns),
        blocks={},
        scene=torch.zeros(len(label), dtype=torch.long),
        level=torch.zeros_like(label),
        label=torch.where(mask, label, 0),
        mask=mask,
    )


def funnel(rates: Mapping[str, float], rows: int, *, lost: float = 0.0, seed: int = 0) -> Batch:
    """A chain with these conditional rates; a share of the labels after the first step is lost."""
    generator = np.random.default_rng(seed)
    columns, holds = {}, np.ones(rows, bool)
    for task, rate in rates.items():
        label = np.where(holds, (generator.random(rows) < rate) * 1.0, np.nan)
        is_lost = (generator.random(rows) < lost) & (len(columns) > 0)
        columns[task] = np.where(is_lost, np.nan, label).tolist()
        holds = label == 1
        # What comes after a lost label is lost too: nobody knows whether it was to be asked.
        holds &= ~is_lost
    return labelled(columns)


@pytest.fixture
def label_batch() -> Callable[..., Batch]:
    return labelled


@pytest.fixture
def funnel_batch() -> Callable[..., Batch]:
    return funnel
