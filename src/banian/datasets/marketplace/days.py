"""A marketplace from day to day: who comes, what is shown, and what follows from it."""

from typing import final

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, words
from banian.datasets.marketplace.campaigns import run_campaign
from banian.datasets.marketplace.choices import draw_choices
from banian.datasets.marketplace.clock import start_of
from banian.datasets.marketplace.event_queue import EventQueue
from banian.datasets.marketplace.impressions import write_impressions, write_searches
from banian.datasets.marketplace.inventory import Inventory
from banian.datasets.marketplace.judgements import write_judgements
from banian.datasets.marketplace.lexicon import COLOURS
from banian.datasets.marketplace.lines import take_returns, write_lines
from banian.datasets.marketplace.loyalty import Loyalty
from banian.datasets.marketplace.messages import expect_messages, expect_questions, take_messages
from banian.datasets.marketplace.offer import offer_of
from banian.datasets.marketplace.orders import Orders, fill_baskets, place_orders
from banian.datasets.marketplace.pages import draw_pages
from banian.datasets.marketplace.payments import write_payments
from banian.datasets.marketplace.truth_writer import TruthWriter
from banian.datasets.marketplace.visits import draw_visits
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

_LATE_PARCEL, _RETURN, _SLOW_ANSWER = 0.4, 0.5, 0.2  # disappointments


@final
class Days:
    """What goes on from one day to the next.

    Args:
        world: The market, its customers, merchants and products.
        writer: Takes the rows of all tables.

    """

    def __init__(self, world: World, writer: TableWriter) -> None:
        self._world, self._writer, self._inventory = world, writer, Inventory(world)
        self.truth, self.loyalty = TruthWriter(writer), Loyalty(world)
        self._sessions = 0
        self._baskets, self._deliveries, self._returns = EventQueue(), EventQueue(), EventQueue()
        self._charge_backs, self._messages, self._responses = (
            EventQueue(),
            EventQueue(),
            EventQueue(),
        )

    def live(self, day: int) -> None:
        """Let a day happen: offers, visits, choices, orders, and what earlier days left to happen."""
        world, writer, loyalty = self._world, self._writer, self.loyalty
        self._inventory.open(day)
        self._inventory.write(day, writer)
        run_campaign(world, loyalty, self._responses, day, writer, self.truth)
        responses = self._responses.take(start_of(day + 1))
        visits = draw_visits(world, loyalty, day, responses, self._sessions)
        self._sessions += len(visits.at)
        shown = draw_pages(world, self._inventory, visits, day)
        offer = offer_of(world, self._inventory, shown, day)
        chosen = draw_choices(world, loyalty, shown, offer, day)
        write_impressions(world, visits, shown, offer, chosen, day, writer, self.truth)
        write_searches(world, visits, shown, chosen, day, writer)
        write_judgements(world, visits, shown, day, writer)
        fill_baskets(self._baskets, visits, shown, offer, chosen)
        expect_questions(world, shown, self._messages, day)
        orders = place_orders(world, self._baskets, self._inventory, day, writer)
        if orders is not None:
            self._follow(orders, day)
        self._feel(day)
        loyalty.close(day)

    def _follow(self, orders: Orders, day: int) -> None:
        """Let the orders of a day have their consequences."""
        world, writer, truth = self._world, self._writer, self.truth
        returned = write_lines(world, orders, self._returns, day, writer, truth)
        charged_back = write_payments(world, orders, self._charge_backs, day, writer, truth)
        expect_messages(world, orders, returned, charged_back, self._messages, day)
        np.add.at(self.loyalty.orders, orders.customer, 1)
        quality = world.products.quality[orders.product]
        mean = np.add.reduceat(quality, orders.first_line) / np.bincount(orders.order)
        self._deliveries.add(
            orders.delivered_at, customer=orders.customer, late=orders.is_late, quality=mean
        )

    def _feel(self, day: int) -> None:
        """Let customers live through what reaches them on a day."""
        loyalty, until = self.loyalty, start_of(day + 1)
        arrived = self._deliveries.take(until)
        if arrived:
            loyalty.please(arrived["customer"], arrived["quality"])
            loyalty.disappoint(arrived["customer"][arrived["late"]], _LATE_PARCEL)
        loyalty.disappoint(take_returns(self._returns, day, self._writer), _RETURN)
        slow = take_messages(self._world, self._messages, day, self._writer)
        loyalty.disappoint(slow, _SLOW_ANSWER)
        charged = self._charge_backs.take(until)
        if charged:
            loyalty.close_accounts(charged["customer"], day)

    def end(self) -> None:
        """Write what only the world knows of its customers."""
        customers, left_at = self._world.customers, self.loyalty.left_at
        self._writer.add(
            "truth_customers",
            customer_id=np.arange(len(left_at)),
            activity=customers.activity,
            click_lean=customers.click_lean,
            purchase_lean=customers.purchase_lean,
            price_sensitivity=customers.price_sensitivity,
            favourite=words(customers.favourite, COLOURS),
            ring=customers.wallets.ring,
            left_at=instants(left_at, left_at < 0),
        )
