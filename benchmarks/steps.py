"""What the benchmarks of training steps share: fields drawn at random, and steps that take turns."""

from collections.abc import Callable, Mapping
from functools import partial
from time import process_time

import numpy as np
import torch

from banian.batches import Batch, Block, CategoryPart, Fields, NumberPart
from banian.batches.numbers import pack_ranks, pack_scaled
from banian.models import Model, count_trained
from banian.training.optimizer import Optimizers


def draw_block(fields: Fields, rows: int) -> Block:
    """Draw fields at random, all present."""
    codes = [torch.randint(size, (rows,), dtype=torch.int32) for size in fields.vocabulary_sizes]
    return Block(
        (draw_numbers(rows, fields.numeric), CategoryPart(torch.stack(codes, dim=1))),
        present=torch.ones(rows, dtype=torch.bool),
    )


def draw_numbers(rows: int, fields: int) -> NumberPart:
    """Draw ranks and scaled values at random, none of them special."""
    rank, scaled = torch.rand(2, rows, fields).numpy()
    values = np.stack([pack_ranks(rank), pack_scaled(scaled)], axis=2)
    return NumberPart(torch.from_numpy(values), torch.zeros(rows, fields, dtype=torch.int8))


def time_steps(steps: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Let all take turns, and give the fastest of each in seconds of processor time.

    What else the machine does matters little to that.
    """
    fastest = dict.fromkeys(steps, float("inf"))
    for _ in range(rounds):
        for name, make in steps.items():
            begun = process_time()
            make()
            fastest[name] = min(fastest[name], process_time() - begun)
    return fastest


def race(
    title: str,
    models: Mapping[str, Model],
    optimizers: Mapping[str, Optimizers | torch.optim.Optimizer],
    batch: Batch,
    rounds: int,
) -> None:
    """Let models take turns in training on one batch, and print how long a step of each takes."""

    def move(name: str) -> None:
        model, optimizer = models[name], optimizers[name]
        optimizer.zero_grad()
        model.loss(batch, model(batch)).mean().backward()
        optimizer.step()

    fastest = time_steps({name: partial(move, name) for name in models}, rounds)
    numbers = {name: count_trained(model)[1] for name, model in models.items()}
    show_times(title, numbers, fastest)


def show_times(title: str, numbers: Mapping[str, int], fastest: Mapping[str, float]) -> None:
    """Print a line each: numbers to train, milliseconds, and the time relative to the first."""
    first = next(iter(fastest.values()))
    print(f"{title:>32}  {'numbers':>9}  {'ms':>6}  relative")
    for name, took in fastest.items():
        print(f"{name:>32}  {numbers[name]:>9,}  {took * 1e3:>6.1f}  {took / first:.2f}")
