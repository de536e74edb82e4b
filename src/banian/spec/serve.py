"""What answers a task."""

from typing import Literal

Predictor = Literal["joint", "twin", "trees"]
"""The network of all tasks, a network of the same make that knows this task alone, boosted trees for it."""
ServeWith = Literal["auto"] | Predictor
"""`auto`: whichever is best on the validation rows beyond noise, or their average; the joint network on a tie."""
