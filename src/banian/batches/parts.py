"""The fields of an entity as tensors, a part per semantic type.

A new type is one more class here; blocks, events, and how they are stored, moved and cut go through whatever is there.
"""

from abc import ABC
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar, final

import torch
from jaxtyping import Int, Int16
from torch import Tensor
from typing_extensions import override

from banian.batches.ngrams import NgramPool
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

    @property
    def pools(self) -> dict[str, Tensor]:
        """Map the name of each tensor that rows share to the tensor: it has no axis of rows."""
        return {}

    @classmethod
    def from_tensors(cls: type[P], tensors: Mapping[str, Tensor]) -> P:
        """Put what `tensors` and `pools` gave together."""
        return cls(**tensors)

    def map(self: P, change: Callable[[Tensor], Tensor]) -> P:
        """Apply the same change to every tensor with an axis of rows."""
        return replace(self, **{name: change(tensor) for name, tensor in self.tensors.items()})

    def map_pools(self: P, change: Callable[[Tensor], Tensor]) -> P:  # noqa: ARG002
        """Apply the same change to every tensor that rows share."""
        return self

    @classmethod
    def join(cls: type[P], parts: Sequence[P]) -> P:
        """Put the rows of several below each other."""
        names = parts[0].tensors
        return replace(
            parts[0], **{name: torch.cat([part.tensors[name] for part in parts]) for name in names}
        )


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


@final
@dataclass(frozen=True)
class TextPart(AbstractPart):
    """Texts, of which each different one is encoded once.

    Args:
        values: 0 where there is none, else 1 + the place of the text in the pool of its field.
        fields: the different texts of each field.

    """

    semantic: ClassVar[SemanticType] = "text"
    values: Int[Tensor, "row field"]
    fields: tuple[NgramPool, ...]

    @property
    @override
    def tensors(self) -> dict[str, Tensor]:
        return {"values": self.values}

    @property
    @override
    def pools(self) -> dict[str, Tensor]:
        return {
            f"{at} {name}": tensor
            for at, pool in enumerate(self.fields)
            for name, tensor in vars(pool).items()
        }

    @classmethod
    @override
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> "TextPart":
        values = tensors["values"]
        pools = (
            NgramPool(*(tensors[f"{at} {name}"] for name in ("starts", "buckets", "weights")))
            for at in range(values.shape[1])
        )
        return cls(values, tuple(pools))

    @override
    def map_pools(self, change: Callable[[Tensor], Tensor]) -> "TextPart":
        return replace(self, fields=tuple(pool.map(change) for pool in self.fields))

    @classmethod
    @override
    def join(cls, parts: Sequence["TextPart"]) -> "TextPart":
        if all(part.fields is parts[0].fields for part in parts):
            return replace(parts[0], values=torch.cat([part.values for part in parts]))
        fields = zip(*(part.fields for part in parts), strict=True)
        ends = torch.tensor([[len(pool) for pool in part.fields] for part in parts]).cumsum(0)
        before = torch.cat([torch.zeros_like(ends[:1]), ends[:-1]])
        values = [
            torch.where(part.values > 0, part.values + offset.to(part.values), 0)
            for part, offset in zip(parts, before, strict=True)
        ]
        return cls(torch.cat(values), tuple(NgramPool.join(same) for same in fields))


PARTS: dict[str, type[AbstractPart]] = {
    one.semantic: one for one in (NumberPart, CategoryPart, TextPart)
}
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
