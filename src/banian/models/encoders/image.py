"""Images as vectors, learned from the tasks' labels.

Source of the erased squares: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with
Cutout", 2017.
"""

from typing import final

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, nn
from typing_extensions import override

from banian.models.encoders.convolution import ConvolutionNet

_CENTRE, _SPREAD = 0.5, 0.25  # of a pixel between 0 and 1
_SHIFT = 0.08  # of a side, at most
_ZOOM = 0.12  # by which an image is larger or smaller, at most
_LIGHT = 0.2  # by which contrast, brightness and each colour change, at most
_ERASED = 0.3  # side of the square that is erased, as a part of the image's, at most


@final
class ImageEncoder(nn.Module):
    """Maps each image to a vector that does not depend on the images beside it.

    In training every image is turned around, shifted, zoomed, coloured and partly erased at random, by torch's
    generator.

    Args:
        side: Pixels of an image's side, at least 16.
        dim: Units of a vector.
        widths: Channels of each stage, multiples of 16.

    Shape: uint8 [value, 3, side, side] → float32 [value, dim].

    >>> encoder = ImageEncoder(32, 8).eval()
    >>> encoder(torch.zeros(2, 3, 32, 32, dtype=torch.uint8)).shape
    torch.Size([2, 8])

    """

    def __init__(
        self, side: int, dim: int, *, widths: tuple[int, ...] = (32, 64, 128, 256)
    ) -> None:
        super().__init__()
        if side < 16:
            raise ValueError(f"side must be at least 16, however: side={side}")
        self.side = side
        self.net = ConvolutionNet(3, widths=widths, dim=dim)

    @override
    def forward(self, images: UInt8[Tensor, "value 3 side side"]) -> Float[Tensor, "value dim"]:
        if not self.training:
            planes = (images.float() / 255 - _CENTRE) / _SPREAD
            return self.net(planes)
        rows, columns = _places(images), _places(images).flip(1)
        columns = torch.where(_uniform(images, 0.0, 1.0)[:, None] < 0.5, columns, columns.flip(1))
        planes = (_moved(images, rows, columns).float() / 255 - _CENTRE) / _SPREAD
        erased = _square(images)
        planes = _relit(planes).masked_fill(erased[:, None], 0.0)
        return self.net(planes)


def _uniform(like: Tensor, low: float, high: float, *shape: int) -> Float[Tensor, "value *shape"]:
    return torch.empty(len(like), *shape, device=like.device).uniform_(low, high)


def _places(images: UInt8[Tensor, "value 3 side side"]) -> Int[Tensor, "value side"]:
    """Draw where along one axis each pixel comes from: shifted and zoomed, edges drawn out."""
    side = images.shape[-1]
    middle = (side - 1) / 2
    along = torch.arange(side, device=images.device) - middle
    zoom = _uniform(images, 1 - _ZOOM, 1 + _ZOOM)
    shift = _uniform(images, -_SHIFT * side, _SHIFT * side)
    places = middle + zoom[:, None] * along + shift[:, None]
    return places.round().long().clamp(0, side - 1)


def _moved(
    images: UInt8[Tensor, "value 3 side side"],
    rows: Int[Tensor, "value side"],
    columns: Int[Tensor, "value side"],
) -> UInt8[Tensor, "value 3 side side"]:
    values = torch.arange(len(images), device=images.device)[:, None, None]
    taken = images.permute(0, 2, 3, 1)[values, rows[:, :, None], columns[:, None, :]]
    return taken.permute(0, 3, 1, 2)


def _relit(planes: Float[Tensor, "value 3 side side"]) -> Float[Tensor, "value 3 side side"]:
    contrast = _uniform(planes, 1 - _LIGHT, 1 + _LIGHT, 1, 1, 1)
    colours = _uniform(planes, 1 - _LIGHT, 1 + _LIGHT, 3, 1, 1)
    light = _uniform(planes, -_LIGHT, _LIGHT, 1, 1, 1)
    return planes * (contrast * colours) + light


def _square(images: UInt8[Tensor, "value 3 side side"]) -> Bool[Tensor, "value side side"]:
    side = images.shape[-1]
    along = torch.arange(side, device=images.device)
    half = _uniform(images, 0.0, _ERASED / 2, 1) * side
    vertical = (along - _uniform(images, 0.0, float(side), 1)).abs() < half
    horizontal = (along - _uniform(images, 0.0, float(side), 1)).abs() < half
    return vertical[:, :, None] & horizontal[:, None, :]
