"""The words of the marketplace: what things are called, and what people write."""

SCENES = ("home", "search", "cart", "ad")
COUNTRIES = ("DE", "FR", "PL", "IT", "NL")
AGE_BANDS = ("18-29", "30-44", "45-59", "60+")
SEGMENTS = ("bargain", "family", "stylish", "handy", "techie")
CATEGORIES = ("books", "toys", "kitchen", "garden", "fashion", "shoes", "electronics", "beauty")
TIERS = ("budget", "standard", "premium")
DEVICES = ("phone", "desktop", "app")
METHODS = ("card", "wallet", "invoice", "transfer")
ARMS = ("control", "reminder", "voucher")
REASONS = ("does not fit", "not as described", "arrived late", "changed my mind")

NOUNS: dict[str, tuple[str, ...]] = {
    "books": ("novel", "cookbook", "atlas", "notebook"),
    "toys": ("puzzle", "building blocks", "doll", "board game"),
    "kitchen": ("pan", "kettle", "knife set", "mixer"),
    "garden": ("hose", "spade", "planter", "lantern"),
    "fashion": ("dress", "shirt", "jacket", "scarf"),
    "shoes": ("sneakers", "boots", "sandals", "loafers"),
    "electronics": ("headphones", "tablet", "camera", "speaker"),
    "beauty": ("face cream", "perfume", "shampoo", "lipstick"),
}
BRANDS: tuple[tuple[str, ...], ...] = (
    ("Basico", "Simplo", "Tavio"),
    ("Norda", "Halden", "Merito", "Quillan"),
    ("Aurelle", "Vantano", "Lysander"),
)
"""By tier."""
PLAIN = ("light", "classic", "everyday", "compact", "soft", "sturdy")
BAIT = ("amazing", "secret", "incredible", "unbelievable")
EXTRA = ("cheap", "best", "new", "gift", "sale", "fast delivery")

INTENTS = ("where_is_my_order", "return", "charge_dispute", "product_question", "praise")
TEXTS: dict[str, tuple[str, ...]] = {
    "where_is_my_order": (
        "My {thing} should be here by now. Where is it?",
        "Still waiting for the {thing} that I ordered, please tell me when it comes.",
        "The {thing} is late again. This is annoying.",
    ),
    "return": (
        "I want to send the {thing} back. How do I do that?",
        "The {thing} is not what I expected, please refund me.",
        "How long does the refund for the {thing} take?",
    ),
    "charge_dispute": (
        "I never ordered a {thing}. Give me my money back!",
        "There is a charge for a {thing} on my card that I do not know.",
    ),
    "product_question": (
        "Does the {thing} come in another colour?",
        "Is the {thing} in stock next week?",
        "Can I have the {thing} gift-wrapped?",
    ),
    "praise": (
        "The {thing} is great, thank you!",
        "Quick delivery, and the {thing} is just right.",
    ),
}
