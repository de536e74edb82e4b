"""Texts by a transformer: the mean of its tokens, what its folder says, or the text side of CLIP and SigLIP."""

from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64
from typing_extensions import override

from banian.extra import import_extra
from banian.pretrained.base import AbstractFrozenEncoder, Values
from banian.pretrained.model_folder import find_model, fingerprint_of, load_model, loading
from banian.pretrained.pooling import read_pooling
from banian.pretrained.tokens import Tokenizer

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any

_TOKENS_TOGETHER = 4096
"""Tokens, padding among them, that go through a model together."""


@final
class TransformerText(AbstractFrozenEncoder):
    """Encodes texts by a model of BERT's family, or by the text side of CLIP or SigLIP.

    Args:
        name: folder of the model, or its name on the hub.
        prefix: what is put before each text; none: what the model's folder says.
        device: where to compute, as torch writes it.
        batch: texts that are encoded together.

    Raises:
        SpecError: there is no such model, or it does not encode texts.
        DependencyError: the extra `text` is not installed.

    """

    def __init__(
        self, name: str, *, prefix: str | None = None, device: str = "cpu", batch: int = 256
    ) -> None:
        self._torch = import_extra("text", "torch")
        folder = find_model(name)
        self.name, self.modality, self.batch, self.cut = name, "text", batch, 0
        self._model = load_model(folder, "encoder of texts").to(device)
        self._device = device
        self._tokenizer = Tokenizer(folder, self._model.config, prefix)
        self._pooling = read_pooling(folder)
        self._is_paired = hasattr(self._model, "get_text_features")
        # SigLIP was trained on texts that are all filled up to its length, and looks at what fills them.
        kind = self._model.config.model_type
        self._fill_to = self._tokenizer.longest if kind.startswith("siglip") else 0
        self.fingerprint = fingerprint_of(folder, "text", self._tokenizer.prefix)
        with loading(folder, "vectors of texts"):
            self.dim = self.encode(["a"]).shape[1]

    @override
    def encode(self, values: Values) -> Float32[np.ndarray, "value dim"]:
        tokens = self._tokenizer.tokenize([str(text) for text in values])
        self.cut += tokens.cut
        order = np.argsort(-tokens.lengths, kind="stable")  # those of like length are padded least
        vectors: list[np.ndarray] = []
        begin = 0
        while begin < len(order):
            longest = max(int(tokens.lengths[order[begin]]), self._fill_to, 1)
            end = begin + max(1, _TOKENS_TOGETHER // longest)
            vectors.append(self._encode(*tokens.pad(order[begin:end], to=self._fill_to)))
            begin = end
        made = np.concatenate(vectors)
        result = np.empty_like(made)
        result[order] = made
        return result

    def _encode(
        self, ids: Int64[np.ndarray, "text token"], is_here: Bool[np.ndarray, "text token"]
    ) -> Float32[np.ndarray, "text dim"]:
        torch = self._torch
        mask = torch.from_numpy(is_here).to(self._device)
        inputs: dict[str, Tensor] = {"input_ids": torch.from_numpy(ids).to(self._device)}
        if not self._fill_to:
            inputs["attention_mask"] = mask.long()
        with torch.inference_mode():
            if self._is_paired:
                vectors: Float[Tensor, "text dim"] = self._model.get_text_features(
                    **inputs
                ).pooler_output
            else:
                hidden = self._model(**inputs).last_hidden_state
                vectors = self._pooling.apply(hidden, mask)
        return vectors.float().cpu().numpy()
