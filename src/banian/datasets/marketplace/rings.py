"""Fraud rings, and what customers pay with: devices, cards, addresses."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.market import Market


@final
@dataclass(frozen=True)
class Wallets:
    """Per customer, the ring and the numbers of what is used to pay."""

    ring: np.ndarray
    """The ring; -1 where the customer is honest."""
    device: np.ndarray
    """The devices, [customer, 2]: the usual and the other one."""
    card: np.ndarray
    address: np.ndarray


def draw_wallets(market: Market, generator: np.random.Generator) -> Wallets:
    """Draw which customers are in rings, and let the members of a ring share what they pay with.

    Honest customers share an address with a neighbour now and then, and sometimes a device.
    """
    count = market.customers
    members = round(market.fraud * count)
    ring = np.full(count, -1)
    # Members of a ring joined about the same time: customers are numbered in the order of joining.
    rings = -(-members // market.ring_size)
    first = np.sort(generator.integers(0, max(count - market.ring_size, 0) + 1, rings))
    nearby = (first[:, None] + np.arange(market.ring_size)).ravel()
    chosen = np.unique(np.minimum(nearby, count - 1))[:members]
    missing = members - len(chosen)
    if missing > 0:
        others = np.setdiff1d(np.arange(count), chosen)
        chosen = np.sort(np.concatenate([chosen, generator.permutation(others)[:missing]]))
    ring[chosen] = np.arange(members) // market.ring_size
    devices = [_shared(generator, ring, 0.03, 3) for _ in range(2)]
    return Wallets(
        ring,
        device=np.stack([2 * devices[0], 2 * devices[1] + 1], axis=1),  # so that none is both
        card=_shared(generator, ring, 0.01, 2),
        address=_shared(generator, ring, 0.15, 2),
    )


def _shared(
    generator: np.random.Generator, ring: np.ndarray, among_honest: float, among_ring: int
) -> np.ndarray:
    """Give everyone a number; some honest ones share a neighbour's, the members of a ring share a few."""
    count = len(ring)
    numbers = generator.permutation(20 * count)  # drawn at once, so that no number tells a ring
    number = numbers[:count].copy()
    with_neighbour = generator.random(count) < among_honest
    number[1:] = np.where(with_neighbour[1:], number[:-1], number[1:])
    in_ring = np.flatnonzero(ring >= 0)
    owned = ring[in_ring] * among_ring + generator.integers(0, among_ring, len(in_ring))
    number[in_ring] = numbers[count + owned]
    return number
