"""The constants of the world that a test or a report may want beside the data."""

import numpy as np

from banian.datasets.marketplace import appeal, campaigns, lines, products, tastes

CONSTANTS: dict[str, np.ndarray] = {
    "likes": tastes.LIKES,
    "tier_likes": tastes.TIER_LIKES,
    "sensitivity": tastes.SENSITIVITY,
    "interest": np.array(tastes.INTEREST),
    "reference_price": products.REFERENCE_PRICE,
    "click_base": appeal.CLICK_BASE,
    "purchase_base": appeal.PURCHASE_BASE,
    "position_effect": appeal.POSITION_EFFECT,
    "taste_effect": appeal.TASTE_EFFECT,
    "price_effect": appeal.PRICE_EFFECT,
    "price_at_click": np.array(appeal.PRICE_AT_CLICK),
    "return_base": lines.RETURN_BASE,
    "reminder": campaigns.REMINDER_BY_SEGMENT,
    "voucher": campaigns.VOUCHER_BY_SEGMENT,
}
"""Name → values, in the order of the words of `words.py`."""
