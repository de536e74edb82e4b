"""What the fields of an entity are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from banian.features.codecs import FEWEST_BINS


@final
@dataclass(frozen=True)
class Fields:
    """What the block of an entity consists of; enough to build its encoder."""

    numeric: int
    """Fields with a number."""
    specials: int
    """Codes of a number: ordinary, absent, heavy values."""
    vocabulary_sizes: tuple[int, ...]
    """Per categorical field, its codes: absent (0), unseen (1), then the known ones."""
    names: tuple[str, ...] = ()
    """Per categorical field, its name; its place where there are no names."""
    texts: Mapping[str, int] = field(default_factory=dict)
    """Field of text → how many n-grams it knows."""
    bins: int = FEWEST_BINS
    """Into how many bins the ranks of a number fall."""
    events: Mapping[str, "Fields"] = field(default_factory=dict)
    """Path → the fields of the events in a row's sequence."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Categorical field → the entity whose ids are its values, in the same codes."""
    steps: int = 0
    """How many events a sequence holds at most; 0 where these are not the fields of events."""

    @property
    def categories(self) -> dict[str, int]:
        """Map each categorical field to the number of its codes."""
        names = self.names or tuple(map(str, range(len(self.vocabulary_sizes))))
        return dict(zip(names, self.vocabulary_sizes, strict=True))
