"""Products of rows with the weights of their scenes."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from banian.features.codecs import FIRST

Addition = Callable[[Float[Tensor, "row dim"], Int[Tensor, " row"]], Float[Tensor, "row width"]]
"""What rows get from their scenes, counted from the first known one."""


def add_in_known_scenes(
    total: Float[Tensor, "batch width"],
    x: Float[Tensor, "batch dim"],
    scene: Int[Tensor, " batch"],
    addition: Addition,
) -> Float[Tensor, "batch width"]:
    """Add to the rows of known scenes; rows of an absent or unseen scene keep their total."""
    if torch.compiler.is_exporting():  # a graph may not choose rows by what they hold
        is_known = scene >= FIRST
        return total + addition(x, (scene - FIRST).clamp(min=0)) * is_known.unsqueeze(1)
    rows = (scene >= FIRST).nonzero().squeeze(1)
    own = addition(x.index_select(0, rows), scene.index_select(0, rows) - FIRST)
    return total.index_add(0, rows, own.to(total.dtype))  # autocast may have halved either


def product_by_scene(
    x: Float[Tensor, "row dim"],
    scene: Int[Tensor, " row"],
    matrices: Callable[[Int[Tensor, " present"]], Float[Tensor, "present dim width"]],
    *,
    known: int,
    width: int,
) -> Float[Tensor, "row width"]:
    """Multiply every row by the matrix of its scene, of so many known ones: one product per scene that is there.

    `matrices` gives those of the scenes that it is asked for. A matrix per row instead would be seven times as slow
    for 256 rows of four scenes, and no faster for 300 scenes.
    """
    if torch.compiler.is_exporting():  # all scenes of every row, and all but one of them blanked
        every = torch.arange(known, device=scene.device)
        products = torch.matmul(x, matrices(every))
        is_own = every.unsqueeze(1) == scene
        return (products * is_own.unsqueeze(2)).sum(dim=0)
    if not scene.shape[0]:
        return x.new_zeros(0, width)
    order = scene.argsort(stable=True)
    present, counts = scene.index_select(0, order).unique_consecutive(return_counts=True)
    parts = x.index_select(0, order).split(counts.tolist())
    by_scene = [part @ own for part, own in zip(parts, matrices(present).unbind(0), strict=True)]
    found = torch.cat(by_scene)
    return found.new_zeros(x.shape[0], width).index_copy(0, order, found)
