"""The components of a number (score, value, bins, special codes), of which its vector is a linear combination.

Source: Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS
2022, section 3.2 (piecewise linear encoding), here with equal bins of the rank.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from banian.batches import Block, NumberPart
from banian.batches.numbers import score_ranks, unpack_ranks, unpack_scaled

STRAIGHT = 2
"""Components that are no bins and no codes: the normal score and the asinh value."""


def number_components(
    block: Block, *, bins: int, specials: int, dtype: torch.dtype
) -> Float[Tensor, "field component batch"]:
    """Spread every number over a normal score z, an asinh value a, bins of the rank u and codes of special values.

    In this order: z, a, clamp(bins·u − k, 0, 1) for each bin k, and whether the code is 1, 2, …; an ordinary value has
    no code, a special one nothing but its code, an absent entity nothing at all, whatever stands in its row.
    """
    numbers = block.part(NumberPart)
    rows, fields, _ = numbers.values.shape
    # Rows last: the product with the weights is then one of whole matrices, several times as fast. They are turned
    # first, while they are small: what is made of them is read in the order in which it lies.
    values = numbers.values.permute(2, 1, 0).contiguous()
    if torch.compiler.is_exporting():  # a graph chooses among numbers of 32 bits, not of 16
        values = values.int()
    rank, scaled = torch.where(block.present, values, 0)
    given = torch.where(block.present, numbers.codes.t().contiguous(), 0)
    is_ordinary = block.present & (given == 0)
    place = (unpack_ranks(rank, dtype) * bins).unsqueeze(1)
    straight = unpack_scaled(scaled, dtype)
    starts = torch.arange(bins, dtype=dtype, device=rank.device).unsqueeze(1)
    codes = torch.arange(1, specials, dtype=dtype, device=rank.device).unsqueeze(1)
    if (
        torch.compiler.is_exporting()
    ):  # a graph has no slices to write into; here they take half of the time
        score = score_ranks(rank, dtype) * is_ordinary
        bent = (place - starts).clamp(0, 1)
        is_code = (given.to(dtype).unsqueeze(1) == codes).to(dtype)
        return torch.cat([score.unsqueeze(1), straight.unsqueeze(1), bent, is_code], dim=1)
    out = torch.empty(fields, STRAIGHT + bins + specials - 1, rows, dtype=dtype, device=rank.device)
    torch.mul(score_ranks(rank, dtype), is_ordinary, out=out[:, 0])
    out[:, 1] = straight
    middle = out[:, STRAIGHT : STRAIGHT + bins]
    torch.sub(place, starts, out=middle)
    middle.clamp_(0, 1)
    torch.eq(given.to(dtype).unsqueeze(1), codes, out=out[:, STRAIGHT + bins :])
    return out
