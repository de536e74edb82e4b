"""The words of the marketplace: what things are called."""

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
EXTRA = ("cheap", "best", "new", "gift", "sale", "fast delivery")
