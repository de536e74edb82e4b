"""Texts as numbers of tokens: made once, cut at the model's length, padded to the longest of each batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Bool, Int32, Int64

from banian.pretrained.model_folder import loading, read_json

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any

_LONGEST = 512
"""Tokens where no file of a model says how many it reads."""


@final
@dataclass(frozen=True)
class Tokens:
    """Tokens of texts, one behind the other.

    Args:
        starts: where each text begins, and where the last one ends.
        ids: numbers of the tokens.
        padding: the number that fills up.
        cut: texts that were longer than the model reads.

    """

    starts: Int64[np.ndarray, " text_and_end"]
    ids: Int32[np.ndarray, " token"]
    padding: int
    cut: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Int64[np.ndarray, " text"]:
        """Tokens of each text."""
        return np.diff(self.starts)

    def pad(
        self, index: Int64[np.ndarray, " some"], *, to: int = 0
    ) -> tuple[Int64[np.ndarray, "some token"], Bool[np.ndarray, "some token"]]:
        """Give tokens of some texts, filled up to the longest and at least to `to`; and which are no filling."""
        lengths = self.lengths[index]
        places = np.arange(max(int(lengths.max(initial=1)), to))
        is_here = places < lengths[:, None]
        ids = np.full(is_here.shape, self.padding, np.int64)
        ids[is_here] = self.ids[(self.starts[index][:, None] + places)[is_here]]
        return ids, is_here


@final
class Tokenizer:
    """Cuts texts into the tokens of a model.

    Args:
        folder: of the model.
        config: of the model, as it was loaded.
        prefix: what is put before each text; none: what the model's folder says, mostly nothing.

    Raises:
        SpecError: the model has no tokenizer.
        DependencyError: the extra `text` is not installed.

    """

    def __init__(self, folder: Path, config: Any, prefix: str | None = None) -> None:  # noqa: ANN401
        with loading(folder, "tokenizer of texts") as library:
            self._inner = library.AutoTokenizer.from_pretrained(
                folder, trust_remote_code=False, local_files_only=True
            )
        self.prefix = _own_prefix(folder) if prefix is None else prefix
        """What is put before each text."""
        self.longest = min(_longest(folder, config), self._inner.model_max_length)
        """Tokens of a text that the model reads."""

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """Tokenize texts, with what the model wants to stand at both ends."""
        whole = [self.prefix + text for text in texts]
        ids = self._ids(whole, truncation=False)
        long = [at for at, one in enumerate(ids) if len(one) > self.longest]
        for at, one in zip(long, self._ids([whole[at] for at in long]), strict=True):
            ids[at] = one
        lengths = np.fromiter(map(len, ids), np.int64, len(ids))
        flat = np.concatenate([np.asarray(one, np.int32) for one in [*ids, []]])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return Tokens(starts, flat, self._inner.pad_token_id or 0, len(long))

    def _ids(self, texts: list[str], *, truncation: bool = True) -> list[list[int]]:
        if not texts:
            return []
        found = self._inner(
            texts,
            truncation=truncation,
            max_length=self.longest if truncation else None,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        return found["input_ids"]


def _longest(folder: Path, config: Any) -> int:  # noqa: ANN401
    """Say how many tokens a model reads, by what it says of positions and its folder of sentences."""
    config = config.get_text_config()
    longest = getattr(config, "max_position_embeddings", None) or _LONGEST
    if "roberta" in config.model_type or config.model_type == "camembert":
        longest -= (config.pad_token_id or 0) + 1  # positions are counted from behind padding
    told = read_json(folder / "sentence_bert_config.json").get("max_seq_length")
    return min(longest, told or longest)


def _own_prefix(folder: Path) -> str:
    told = read_json(folder / "config_sentence_transformers.json")
    return (told.get("prompts") or {}).get(told.get("default_prompt_name"), "")
