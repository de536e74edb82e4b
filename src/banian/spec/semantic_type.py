"""What a column means, beside how it is stored: what can be computed of it, and how a model reads it."""

from typing import Literal

SemanticType = Literal["number", "truth", "category", "time", "text", "image", "audio", "id"]
"""Numbers add up; a category is one of some names, an id names one of many; text is read, not compared."""
