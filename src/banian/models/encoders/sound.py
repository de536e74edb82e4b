"""Sounds as vectors, learned from the tasks' labels.

Source of the erased stripes: Park et al., "SpecAugment", Interspeech 2019.
"""

from typing import final

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn
from typing_extensions import override

from banian.models.encoders.convolution import ConvolutionNet

_CENTRE, _SPREAD = 0.4, 0.25  # of a level between 0 and 1
_LOUDER = 0.06  # by which all levels rise or fall, at most: 6 of 100 decibels
_MELS, _FRAMES = 0.15, 0.15  # of an axis that are erased, at most


@final
class SoundEncoder(nn.Module):
    """Maps each log-mel spectrogram to a vector that does not depend on the sounds beside it.

    In training every sound is made louder or softer and loses a stripe of frequencies and one of time at random, by
    torch's generator.

    Args:
        mels: Frequencies of a spectrogram, at least 16.
        dim: Units of a vector.
        widths: Channels of each stage, multiples of 16.

    Shape: uint8 [value, mels, frames] → float32 [value, dim].

    >>> encoder = SoundEncoder(64, 8).eval()
    >>> encoder(torch.zeros(2, 64, 100, dtype=torch.uint8)).shape
    torch.Size([2, 8])

    """

    def __init__(self, mels: int, dim: int, *, widths: tuple[int, ...] = (16, 32, 64, 128)) -> None:
        super().__init__()
        if mels < 16:
            raise ValueError(f"mels must be at least 16, however: mels={mels}")
        self.mels = mels
        self.net = ConvolutionNet(1, widths=widths, dim=dim)

    @override
    def forward(self, sounds: UInt8[Tensor, "value mels frames"]) -> Float[Tensor, "value dim"]:
        levels = (sounds.float() / 255 - _CENTRE) / _SPREAD
        if self.training:
            shape = (len(sounds), 1, 1)
            louder = torch.empty(shape, device=sounds.device).uniform_(-_LOUDER, _LOUDER) / _SPREAD
            erased = _stripe(sounds, 1, _MELS)[:, :, None] | _stripe(sounds, 2, _FRAMES)[:, None]
            levels = (levels + louder).masked_fill(erased, 0.0)
        return self.net(levels[:, None])


def _stripe(
    sounds: UInt8[Tensor, "value mels frames"], axis: int, most: float
) -> Bool[Tensor, "value place"]:
    """Draw a stretch of an axis for each sound, up to `most` of it."""
    places = torch.arange(sounds.shape[axis], device=sounds.device)
    drawn = torch.rand(len(sounds), 2, device=sounds.device) * len(places)
    begin = drawn[:, :1]
    return (places >= begin) & (places < begin + most * drawn[:, 1:])
