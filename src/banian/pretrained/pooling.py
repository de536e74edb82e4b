"""How the vectors of tokens become one of their text."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

from jaxtyping import Bool, Float

from banian.errors import SpecError
from banian.pretrained.model_folder import read_json

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any

Mode = Literal["mean", "first", "largest"]
"""The mean of the vectors, the first of them, or of each number the largest."""
_MODES: dict[str, Mode] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "first",
    "pooling_mode_max_tokens": "largest",
}
_NAMES: dict[str, Mode] = {"mean": "mean", "cls": "first", "max": "largest"}


@final
@dataclass(frozen=True)
class Pooling:
    """What is done with the vectors of tokens.

    Args:
        mode: which one is made of them.
        is_scaled: whether the result is given length one.

    """

    mode: Mode = "mean"
    is_scaled: bool = False

    def apply(
        self, hidden: Float[Tensor, "text token dim"], mask: Bool[Tensor, "text token"]
    ) -> Float[Tensor, "text dim"]:
        """Pool the tokens of each text that are no padding."""
        here = mask[..., None]
        match self.mode:
            case "mean":
                pooled = (hidden * here).sum(dim=1) / here.sum(dim=1).clamp(min=1)
            case "first":
                pooled = hidden[:, 0]
            case "largest":
                pooled = hidden.masked_fill(~here, float("-inf")).amax(dim=1)
        if self.is_scaled:
            pooled = pooled / pooled.norm(dim=1, keepdim=True).clamp(min=1e-12)
        return pooled


def read_pooling(folder: Path) -> Pooling:
    """Read how a model of sentences pools, as its folder says; the mean where it says nothing.

    Raises:
        SpecError: it does what is not known here.

    """
    pooling = Pooling()
    for module in read_json(folder / "modules.json") or []:
        kind = module["type"].rsplit(".", 1)[-1]
        match kind:
            case "Transformer":
                pass
            case "Pooling":
                told = read_json(folder / module["path"] / "config.json")
                pooling = Pooling(_mode_of(folder, told), pooling.is_scaled)
            case "Normalize":
                pooling = Pooling(pooling.mode, is_scaled=True)
            case _:
                raise _unknown(folder, f"a part of the kind {kind}")
    return pooling


def _mode_of(folder: Path, told: dict[str, Any]) -> Mode:
    named = told.get("pooling_mode")
    switched = [name for name in told if name.startswith("pooling_mode_") and told[name] is True]
    chosen = [_NAMES.get(named)] if named else [_MODES.get(name) for name in switched]
    if len(chosen) != 1 or chosen[0] is None:
        raise _unknown(folder, "another pooling than the mean, the first or the largest")
    return chosen[0]


def _unknown(folder: Path, what: str) -> SpecError:
    return SpecError(
        f"The model in {folder} has {what}, which is not known here.",
        remedy="Name a model whose modules.json has a Transformer, a Pooling by mean, cls or max, and Normalize.",
    )
