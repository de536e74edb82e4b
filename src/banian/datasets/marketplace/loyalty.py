"""How customers feel about the shop, who comes back and who leaves."""

from typing import final

import numpy as np

from banian.datasets.marketplace.clock import start_of
from banian.datasets.marketplace.sampling import happens
from banian.datasets.marketplace.world import World

_FORGIVEN = 0.97  # of a disappointment remains after a day
_REMEMBERED = 0.99
_CLOSED = 0.1  # probability that a charge-back closes the account


@final
class Loyalty:
    """The mood of every customer; leaving is for good.

    Args:
        world: The market, its customers, merchants and products.

    """

    def __init__(self, world: World) -> None:
        count = world.market.customers
        self._world = world
        self._disappointment = np.zeros(count)
        self._satisfaction = np.zeros(count)
        self.orders = np.zeros(count, np.int64)
        """Orders so far."""
        self.left_at = np.full(count, -1)
        """When a customer left, in microseconds; -1 for those who stay."""
        self.expected_leavers = 0.0
        """Sum of the probabilities with which they left."""

    def is_active(self, day: int) -> np.ndarray:
        """Say who has joined by the morning and not left."""
        return (self._world.customers.joined_at <= start_of(day)) & (self.left_at < 0)

    def visit_rate(self, day: int) -> np.ndarray:
        """Give the visits to expect of each customer on an ordinary day."""
        eager = self._world.customers.activity * np.exp(0.35 * self._satisfaction)
        return self._world.market.visits * eager * self.is_active(day)

    def disappoint(self, who: np.ndarray, much: float) -> None:
        """Note a bad experience: a late parcel 0.4, a return 0.5, a slow answer 0.2."""
        np.add.at(self._disappointment, who, much)

    def please(self, who: np.ndarray, quality: np.ndarray) -> None:
        """Note what was delivered: the better the quality that tasks share, the likelier the next visit."""
        help_from = np.sqrt(self._world.market.help)
        np.add.at(self._satisfaction, who, 0.3 * help_from * quality)
        self._satisfaction = np.clip(self._satisfaction, -1.5, 1.5)

    def close_accounts(self, who: np.ndarray, day: int) -> None:
        """Close some of the accounts whose payments were charged back."""
        staying = np.unique(who[self.left_at[who] < 0])
        self.expected_leavers += _CLOSED * len(staying)
        generator = self._world.streams.of("closing", day)
        self._leave(staying[generator.random(len(staying)) < _CLOSED], day)

    def close(self, day: int) -> None:
        """End the day: some leave, the others forget a little."""
        staying = np.flatnonzero(self.is_active(day))
        hazard = self._world.market.hazard * np.exp(np.minimum(self._disappointment[staying], 3))
        hazard = np.minimum(hazard, 1)
        self.expected_leavers += float(hazard.sum())
        self._leave(staying[happens(self._world.streams.of("leaving", day), hazard)], day)
        self._disappointment *= _FORGIVEN
        self._satisfaction *= _REMEMBERED

    def _leave(self, who: np.ndarray, day: int) -> None:
        self.left_at[who] = start_of(day + 1) - 1
