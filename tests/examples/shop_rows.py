"""What the rows of random shops may hold, column by column, with everything that makes time and absence hard."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from oracle_shop import Row

START = datetime(2020, 1, 1)
QUARTER = timedelta(hours=6)  # a coarse clock: ties, and events on the very edge of a window
INSTANT, MOSTLY, PERHAPS, DATE = (
    "an instant",
    "an instant, or in a fifth none",
    "an instant, or in half none",
    "a date, or in half none",
)
FLOATS = [0.1, -2.5, -0.0, 0.0, 1e12 + 0.5, 3e-9, None]
"""No decimal holds the largest and the least of them; in Parquet an absent one may be NaN, or infinite."""
BORN = [datetime(1931, 5, 1), datetime(1969, 12, 31), datetime(2000, 2, 29), None]
STAMPS = [datetime(2019, 12, 31, 23, 59, 59, 999_999), datetime(2020, 1, 20, 0, 0, 0, 1), None]
EDGES = (0, 2, 28, 56, 60, 84, 120, 148, 240, 360)
"""Quarters of days that lie whole windows apart."""
ORDER = {
    "at": MOSTLY,
    "customer": [1, 1, 1, 2, 2, 3, None],
    "product": ["p1", "p1", "p2", "p3", None],
    "city": ["n", "s", "NA", None],
    "value": ["10.50", "-3.25", "0.00", "7.10", "199.99", None],
    "count": [1, 2, -1, 0, 5, None],
    "paid": [True, False, None],
    "a score": [1, 2, 3, 5, None],
    "scored": PERHAPS,
    "late": [True, False, None],
    "bought": [0, 1, 1, None],
    "fee": FLOATS,
    "promised": DATE,
}
VISIT = {
    "at": INSTANT,
    "customer": [1, 2, 3, 9, None],
    "pages": [1, 2, 3, None],
    "page": ["home", "cart", None],
    "seconds": FLOATS,
    "ended": DATE,
}
CUSTOMER = {
    "age": [20, 31, None],
    "plan": ["free", "paid", None],
    "joined": INSTANT,
    "rating": ["4.50", "1.25", None],
    "rated": DATE,
    "born": BORN,
    "credit": FLOATS,
}
PRODUCT = {
    "merchant": [1, 1, 2, 3, None],
    "sort": ["a", "b", None],
    "weight": ["1.50", "0.25", None],
    "launched": INSTANT,
    "checked": STAMPS,
}
PROFILE = {
    "shade": ["red", "blue", None],
    "width": [Decimal("1.50"), Decimal("-2.25"), None],
    "loyal": [True, False, None],
    "since": DATE,
    "depth": FLOATS,
}
Columns = dict[str, str | list[Any]]

steps = st.sampled_from(EDGES) | st.integers(0, 400)
instants = steps.map(lambda step: START + step * QUARTER)


def midnight(at: datetime) -> datetime:
    return at.replace(hour=0)


def rows_like(columns: Columns) -> st.SearchStrategy[Row]:
    times = {
        INSTANT: instants,
        MOSTLY: st.one_of(instants, instants, instants, instants, st.none()),
        PERHAPS: st.one_of(instants, st.none()),
        DATE: st.one_of(instants.map(midnight), st.none()),
    }
    return st.fixed_dictionaries(
        {
            name: times[values] if isinstance(values, str) else st.sampled_from(values)
            for name, values in columns.items()
        }
    )


orders, visits, customers, products, profiles = map(
    rows_like, (ORDER, VISIT, CUSTOMER, PRODUCT, PROFILE)
)
levels = st.sampled_from(["gold", None])
