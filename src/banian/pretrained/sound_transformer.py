"""Sounds by a model of transformers: wav2vec 2.0 and its kin, which read the wave itself."""

from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float32
from typing_extensions import override

from banian.errors import SpecError
from banian.extra import import_extra
from banian.pretrained.base import RATE, AbstractFrozenEncoder, Sound, Values
from banian.pretrained.model_folder import find_model, fingerprint_of, load_model, loading

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any

_LONGEST = 30
"""Seconds of a sound that are read; memory grows with their square."""


@final
class TransformerSound(AbstractFrozenEncoder):
    """Encodes a sound as the mean of what a model makes of its frames; one at a time, so that none pads another.

    Args:
        name: folder of the model, or its name on the hub.
        device: where to compute, as torch writes it.
        batch: sounds that are encoded together.

    Raises:
        SpecError: there is no such model, or it does not read waves of 16,000 numbers a second.
        DependencyError: the extra `text` is not installed.

    """

    def __init__(self, name: str, *, device: str = "cpu", batch: int = 8) -> None:
        self._torch = import_extra("text", "torch")
        folder = find_model(name)
        self.name, self.modality, self.batch, self.cut = name, "audio", batch, 0
        self._model = load_model(folder, "encoder of sounds").to(device)
        self._device = device
        with loading(folder, "extractor of sounds") as library:
            self._extractor = library.AutoFeatureExtractor.from_pretrained(
                folder, trust_remote_code=False, local_files_only=True
            )
        config = self._model.config
        rate = getattr(self._extractor, "sampling_rate", None)
        if not hasattr(config, "conv_kernel") or rate != RATE:
            raise SpecError(
                f"The model {name!r} is of the kind {config.model_type} and reads {rate} numbers a second.",
                remedy=f"Name one that reads waves, {RATE:,} numbers a second, like wav2vec 2.0, HuBERT or WavLM.",
            )
        self._shortest = _field(config.conv_kernel, config.conv_stride)
        self.dim = config.hidden_size
        self.fingerprint = fingerprint_of(folder, "audio", _LONGEST)

    @override
    def encode(self, values: Values) -> Float32[np.ndarray, "value dim"]:
        with self._torch.inference_mode():
            vectors = [self._encode(np.asarray(sound)) for sound in values]
        return self._torch.stack(vectors).float().cpu().numpy()

    def _encode(self, sound: Sound) -> Tensor:
        if len(sound) > _LONGEST * RATE:
            sound = sound[: _LONGEST * RATE]
            self.cut += 1
        if len(sound) < self._shortest:
            sound = np.pad(sound, (0, self._shortest - len(sound)))
        ready = self._extractor(sound, sampling_rate=RATE, return_tensors="pt")
        wave = ready["input_values"].to(self._device)
        return self._model(wave).last_hidden_state[0].mean(dim=0)


def _field(kernels: list[int], strides: list[int]) -> int:
    """Give how many numbers of a wave one frame is made from.

    >>> _field([10, 3, 3, 3, 3, 2, 2], [5, 2, 2, 2, 2, 2, 2])
    400
    """
    width = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        width = (width - 1) * stride + kernel
    return width
