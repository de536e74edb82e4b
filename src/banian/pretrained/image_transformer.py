"""Images by a model of transformers: ViT and its kin, convolution nets, or the image side of CLIP and SigLIP."""

from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float, Float32
from typing_extensions import override

from banian.extra import import_extra
from banian.pretrained.base import AbstractFrozenEncoder, Values
from banian.pretrained.model_folder import find_model, fingerprint_of, load_model, loading

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any


@final
class TransformerImage(AbstractFrozenEncoder):
    """Encodes images, each made ready by the model's own processor.

    Args:
        name: folder of the model, or its name on the hub.
        device: where to compute, as torch writes it.
        batch: images that are encoded together.

    Raises:
        SpecError: there is no such model, or it does not encode images.
        DependencyError: the extra `text` is not installed.

    """

    def __init__(self, name: str, *, device: str = "cpu", batch: int = 32) -> None:
        self._torch = import_extra("text", "torch")
        folder = find_model(name)
        self.name, self.modality, self.batch, self.cut = name, "image", batch, 0
        self._model = load_model(folder, "encoder of images").to(device)
        self._device = device
        with loading(folder, "processor of images") as library:
            # The processors by Pillow need no torchvision, and give the same numbers with and without it.
            self._processor = library.AutoImageProcessor.from_pretrained(
                folder, backend="pil", trust_remote_code=False, local_files_only=True
            )
        self._is_paired = hasattr(self._model, "get_image_features")
        names = (name for name, _ in self._model.named_parameters())
        self._has_class_token = any(
            name.endswith(("cls_token", "class_embedding")) for name in names
        )
        self.fingerprint = fingerprint_of(folder, "image")
        with loading(folder, "vectors of images"):
            self.dim = self.encode([np.zeros((8, 8, 3), np.uint8)]).shape[1]

    @override
    def encode(self, values: Values) -> Float32[np.ndarray, "value dim"]:
        torch = self._torch
        ready = [
            self._processor(images=[image], return_tensors="pt", input_data_format="channels_last")
            for image in values
        ]
        pixels = [one["pixel_values"] for one in ready]
        is_even = len({tuple(one.shape) for one in pixels}) == 1
        groups = (
            [torch.cat(pixels)] if is_even else pixels
        )  # some processors keep the form of an image
        with torch.inference_mode():
            vectors = [self._encode(group.to(self._device)).float().cpu() for group in groups]
        return torch.cat(vectors).numpy()

    def _encode(self, pixels: Float[Tensor, "image 3 height width"]) -> Float[Tensor, "image dim"]:
        if self._is_paired:
            return self._model.get_image_features(pixel_values=pixels).pooler_output
        hidden = self._model(pixel_values=pixels).last_hidden_state
        if hidden.ndim == 4:  # of a convolution net: [image, channel, row, column]
            return hidden.mean(dim=(2, 3))
        return hidden[:, 0] if self._has_class_token else hidden.mean(dim=1)
