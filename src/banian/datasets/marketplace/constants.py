"""The constants of the world that a test or a report may want beside the data."""

import numpy as np

from banian.datasets.marketplace import campaigns, choice_model, lines, products, tastes

CONSTANTS: dict[str, np.ndarray] = {
    "likes": tastes.LIKES,
    "tier_likes": tastes.TIER_LIKES,
    "sensitivity": tastes.SENSITIVITY,
    "interest": np.array(tastes.INTEREST),
    "reference_price": products.REFERENCE_PRICE,
    "click_base": choice_model.CLICK_BASE,
    "purchase_base": choice_model.PURCHASE_BASE,
    "position_effect": choice_model.POSITION_EFFECT,
    "taste_effect": choice_model.TASTE_EFFECT,
    "price_effect": choice_model.PRICE_EFFECT,
    "price_at_click": np.array(choice_model.PRICE_AT_CLICK),
    "return_base": lines.RETURN_BASE,
    "reminder": campaigns.REMINDER_BY_SEGMENT,
    "voucher": campaigns.VOUCHER_BY_SEGMENT,
}
"""Name → values, in the order of the words of `words.py`."""
