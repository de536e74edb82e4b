"""Fields of an entity hidden at random, and guessed from the vector of what is left.

Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", NAACL 2019,
section 3.1, task 1; on tables Yoon et al., "VIME: Extending the Success of Self- and Semi-supervised Learning to
Tabular Domain", NeurIPS 2020, section 4.1. A hidden field looks like one whose value is absent.
"""

from dataclasses import dataclass
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from banian.batches import Block, CategoryPart, Fields, NumberPart
from banian.batches.numbers import score_ranks

_HIDDEN = 0.3  # share of the fields; VIME's
_ABSENT_NUMBER, _ABSENT_CATEGORY, _UNSEEN = 1, 0, 1
_MOST_CATEGORIES = 256  # rarer ones, which come after, are guessed as one


@final
@dataclass(frozen=True)
class Hidden:
    """A block in which some fields cannot be seen, and which these are."""

    block: Block
    """The fields, the hidden ones as if absent."""
    numeric: Bool[Tensor, "batch field"]
    """Which numbers are hidden."""
    categorical: Bool[Tensor, "batch categorical"]
    """Which categories are hidden."""


def hide_fields(block: Block, generator: torch.Generator) -> Hidden:
    """Hide three fields in ten, drawn on the CPU, of those that are there."""

    def draw(codes: Tensor, absent: int) -> Tensor:
        chosen = torch.rand(codes.shape, generator=generator) < _HIDDEN
        return chosen.to(codes.device) & (codes != absent) & block.present.unsqueeze(1)

    numbers, categories = block.part(NumberPart), block.part(CategoryPart)
    numeric = draw(numbers.codes, _ABSENT_NUMBER)
    categorical = draw(categories.codes, _ABSENT_CATEGORY)
    seen = block.with_parts(
        NumberPart(
            torch.where(numeric.unsqueeze(2), 0, numbers.values),
            torch.where(numeric, _ABSENT_NUMBER, numbers.codes).to(numbers.codes.dtype),
        ),
        CategoryPart(torch.where(categorical, _ABSENT_CATEGORY, categories.codes)),
    )
    return Hidden(seen, numeric, categorical)


@final
class Guesser(nn.Module):
    """Guesses every field of an entity from its vector, by one linear map.

    Args:
        fields: What the entity is described by.
        width: Units of its vector.

    """

    def __init__(self, fields: Fields, *, width: int) -> None:
        super().__init__()
        self.specials = fields.specials
        self.sizes = tuple(min(size, _MOST_CATEGORIES) for size in fields.vocabulary_sizes)
        self.parts = (fields.numeric, fields.numeric * fields.specials, *self.sizes)
        self.guess = nn.Linear(width, sum(self.parts))

    def loss(
        self, vector: Float[Tensor, "batch width"], truth: Block, hidden: Hidden
    ) -> Float[Tensor, ""]:
        """Compute the mean over hidden fields: the squared error of a normal score, the cross-entropy of a code.

        A number has both, the normal score where it is ordinary and the code that says whether it is; 0 where nothing
        is hidden.
        """
        numbers, codes_of = truth.part(NumberPart), truth.part(CategoryPart).codes
        score, code, *categories = self.guess(vector).split(self.parts, dim=1)
        code = code.unflatten(1, (-1, self.specials)) if self.parts[0] else code.unsqueeze(2)
        ordinary = hidden.numeric & (numbers.codes == 0)
        errors = [
            (score - score_ranks(numbers.values[:, :, 0], score.dtype))[ordinary].square(),
            F.cross_entropy(
                code[hidden.numeric], numbers.codes[hidden.numeric].long(), reduction="none"
            ),
        ]
        for at, (guess, size) in enumerate(zip(categories, self.sizes, strict=True)):
            asked, codes = hidden.categorical[:, at], codes_of[:, at].long()
            codes = torch.where(codes < size, codes, _UNSEEN)
            errors.append(F.cross_entropy(guess[asked], codes[asked], reduction="none"))
        fields = hidden.numeric.sum() + hidden.categorical.sum()
        return torch.cat(errors).sum() / fields.clamp(min=1)
