"""The fields of an entity as tensors, a part per semantic type.

A new type is one more class here; blocks, events, and how they are stored, moved and cut go through whatever is there.
"""

from abc import ABC
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar, final

from jaxtyping import Int, Int16
from torch import Tensor

from banian.spec import SemanticType

P = TypeVar("P", bound="AbstractPart")


@dataclass(frozen=True)
class AbstractPart(ABC):
    """Tensors whose first axis is that of rows, or of events."""

    semantic: ClassVar[SemanticType]
    """Whose fields they hold."""

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Map the name of each to the tensor."""
        return dict(vars(self))

    def map(self: P, change: Callable[[Tensor], Tensor]) -> P:
        """Apply the same change to every tensor."""
        return replace(self, **{name: change(tensor) for name, tensor in self.tensors.items()})


@final
@dataclass(frozen=True)
class NumberPart(AbstractPart):
    """Numbers, truths and ages.

    Args:
        values: the rank and the clipped asinh-scaled value, in steps (`banian.batches.numbers`).
        codes: 0 ordinary, 1 absent, 2 and more a value that holds many rows; where not 0, `values` are.

    """

    semantic: ClassVar[SemanticType] = "number"
    values: Int16[Tensor, "row field 2"]
    codes: Int[Tensor, "row field"]


@final
@dataclass(frozen=True)
class CategoryPart(AbstractPart):
    """Categories, ids among them.

    Args:
        codes: 0 absent, 1 unseen, then the known values or the buckets of each field.

    """

    semantic: ClassVar[SemanticType] = "category"
    codes: Int[Tensor, "row field"]


PARTS: dict[str, type[AbstractPart]] = {one.semantic: one for one in (NumberPart, CategoryPart)}
"""Semantic type → the class of its part."""
Parts = tuple[AbstractPart, ...]
"""The parts of one entity, or of the events of a path, at most one of each class."""


def find_part(parts: Parts, wanted: type[P]) -> P:
    """Find the part of a class.

    Raises: KeyError where there is none.
    """
    for part in parts:
        if isinstance(part, wanted):
            return part
    raise KeyError(f"no fields of {wanted.semantic} among {[one.semantic for one in parts]}")


def replace_parts(parts: Parts, others: Iterable[AbstractPart]) -> Parts:
    """Put others in the place of parts of their classes."""
    new = {type(other): other for other in others}
    return tuple(new.get(type(part), part) for part in parts)
