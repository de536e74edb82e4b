"""Numbers as tests draw and read them: rank, normal score and scaled value as floats."""

import torch
from torch import Tensor

from banian.batches import NumberPart
from banian.batches.numbers import (
    pack_ranks,
    pack_scaled,
    score_ranks,
    unpack_ranks,
    unpack_scaled,
)


def pack(rank: Tensor, scaled: Tensor, codes: Tensor) -> NumberPart:
    """Numbers of these ranks and scaled values where their code is 0."""
    values = [pack_ranks(rank.numpy()), pack_scaled(scaled.numpy())]
    packed = torch.stack([torch.from_numpy(part) for part in values], dim=2)
    return NumberPart(torch.where((codes == 0).unsqueeze(2), packed, 0), codes)


def unpack(part: NumberPart, dtype: torch.dtype = torch.float64) -> Tensor:
    """Rank, normal score and scaled value of every number [row, field, 3]; zeros where the code is not 0."""
    rank, scaled = part.values.unbind(2)
    floats = unpack_ranks(rank, dtype), score_ranks(rank, dtype), unpack_scaled(scaled, dtype)
    return torch.stack(floats, dim=2) * (part.codes == 0).unsqueeze(2)
