"""Callbacks that are told what a workflow is doing."""

from collections.abc import Callable

Announce = Callable[[str], None]
"""Called with a short text when a stage begins."""


def silence(doing: str) -> None:
    """Ignore what is told."""
