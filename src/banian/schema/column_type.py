"""What a column holds."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, final

from banian.spec import SemanticType


@final
@dataclass(frozen=True)
class ColumnType:
    """The type of a column: text, whole, decimal and other numbers, truth values, instants."""

    kind: Literal["text", "whole", "decimal", "float", "boolean", "time", "other"]
    scale: int = 0
    """Digits after the point of a decimal; of floats, those that an exact sum keeps."""
    form: str | None = None
    """How a time is written, where not as ISO 8601."""
    is_name: bool = False
    """Whether it is a key or a link."""
    na_is_name: bool = False
    """Whether NA is one of the names."""
    semantic: SemanticType | None = None
    """What it means, where that was declared or, of text, found in training; else it follows from the rest."""

    @property
    def is_number(self) -> bool:
        """Whether one can compute with it."""
        return self.kind in ("whole", "decimal", "float")

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)
