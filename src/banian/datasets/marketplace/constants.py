"""The constants of the world that a test or a report may want beside the data."""

import numpy as np

from banian.datasets.marketplace import campaigns, choice_model, content, lines, products, tastes

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
    "colour_likes": content.COLOUR_LIKES,
    "style_likes": content.STYLE_LIKES,
    "pattern_likes": content.PATTERN_LIKES,
    "favourite": np.array(content.FAVOURITE),
    "grade_at_click": content.GRADE_AT_CLICK,
    "grade_at_purchase": content.GRADE_AT_PURCHASE,
    "craft_at_purchase": content.CRAFT_AT_PURCHASE,
    "craft_at_keeping": content.CRAFT_AT_KEEPING,
    "material_at_keeping": content.MATERIAL_AT_KEEPING,
    "reminder": campaigns.REMINDER_BY_SEGMENT,
    "voucher": campaigns.VOUCHER_BY_SEGMENT,
}
"""Name → values, in the order of the words of `words.py`."""
