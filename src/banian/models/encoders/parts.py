"""Fields of every semantic type that has an encoder of its own; the only place that pairs the two.

Categories have none: their vectors come from tables that entities and events share.
"""

from collections.abc import Iterator
from typing import final

from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, Fields
from banian.models.encoders.numbers import build_numbers
from banian.models.encoders.part_encoder import AbstractPartEncoder, Prepared
from banian.models.encoders.texts import TextsEncoder
from banian.spec import HashedTextSpec, NumbersSpec, TextSpec


@final
class PartsEncoder(nn.Module):
    """Encodes the fields of an entity, or of events, by semantic type: a vector for each, in the order below.

    Args:
        fields: What there is.
        numbers: How numbers are encoded.
        text: How texts are; none where they are left out.

    """

    def __init__(self, fields: Fields, numbers: NumbersSpec, text: TextSpec) -> None:
        super().__init__()
        made: dict[str, AbstractPartEncoder] = {}
        if fields.numeric:
            made["number"] = build_numbers(numbers, fields)
        if fields.texts and isinstance(text, HashedTextSpec):
            made["text"] = TextsEncoder(fields, text)
        self.encoders = nn.ModuleDict(made)
        self.dim = sum(part.dim for part in made.values())

    def prepare(self, block: Block) -> Prepared:
        """Compute what every encoder of these fields needs, whatever its weights."""
        return {semantic: part.prepare(block) for semantic, part in self._parts()}

    def write(self, block: Block, prepared: Prepared, out: Float[Tensor, "dim batch"]) -> None:
        """Write the vectors below each other into `out`, where no gradient is asked for."""
        start = 0
        for semantic, part in self._parts():
            part.write(block, prepared[semantic], out[start : start + part.dim])
            start += part.dim

    @override
    def forward(self, block: Block, prepared: Prepared) -> list[Float[Tensor, "batch _"]]:
        return [part(block, prepared[semantic]) for semantic, part in self._parts()]

    def _parts(self) -> Iterator[tuple[str, AbstractPartEncoder]]:
        for semantic, part in self.encoders.items():
            assert isinstance(part, AbstractPartEncoder)
            yield semantic, part
