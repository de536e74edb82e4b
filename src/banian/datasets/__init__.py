"""Shops to try Banian on, generated or public."""

from banian.datasets.corner_shop import write_corner_shop as write_corner_shop
