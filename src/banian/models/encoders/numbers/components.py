"""The components of a number (score, value, bins, special codes), of which its vector is a linear combination.

Source: Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS
2022, section 3.2 (piecewise linear encoding), here with equal bins of the rank.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from banian.batches import Block

STRAIGHT = 2
"""Components that are no bins and no codes: the normal score and the asinh value."""


def number_components(
    block: Block, *, bins: int, specials: int
) -> Float[Tensor, "field component batch"]:
    """Spread every number over a normal score z, an asinh value a, bins of the rank u and codes of special values.

    In this order: z, a, clamp(bins·u − k, 0, 1) for each bin k, and whether the code is 1, 2, …; an ordinary value has
    no code, a special one nothing but its code, an absent entity nothing at all, whatever stands in its row. All
    encoders of a block need the same components, so they are worked out once and kept with it.
    """
    key = (number_components, bins, specials)
    if key not in block.kept:
        block.kept[key] = _spread(block, bins, specials)
    return block.kept[key]


def _spread(block: Block, bins: int, specials: int) -> Tensor:
    rows, fields, _ = block.numeric.shape
    # Rows last: the product with the weights is then one of whole matrices, several times as fast. A NaN left in an
    # absent row would turn the gradient of every weight into NaN, so such rows are blanked here.
    numeric = torch.where(block.present, block.numeric.permute(2, 1, 0), 0)
    special = torch.where(block.present, block.special.t(), 0).unsqueeze(1)
    place = (numeric[0] * bins).unsqueeze(1)
    out = numeric.new_empty(fields, STRAIGHT + bins + specials - 1, rows)
    out[:, :STRAIGHT] = numeric[1:].transpose(0, 1)
    starts = torch.arange(bins, dtype=out.dtype, device=out.device).unsqueeze(1)
    middle = out[:, STRAIGHT : STRAIGHT + bins]
    torch.sub(place, starts, out=middle)
    middle.clamp_(0, 1)
    codes = torch.arange(1, specials, dtype=special.dtype, device=out.device).unsqueeze(1)
    out[:, STRAIGHT + bins :] = special == codes
    return out
