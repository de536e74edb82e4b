"""Who hears what a workflow is doing."""

from collections.abc import Callable

Announce = Callable[[str], None]
"""Is told what begins now."""


def silence(doing: str) -> None:
    """Tell nobody."""
