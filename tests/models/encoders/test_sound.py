import pytest
import torch

from banian.models.encoders.sound import SoundEncoder


def sounds(count, frames=40):
    return torch.randint(0, 256, (count, 32, frames), dtype=torch.uint8)


@pytest.mark.parametrize("frames", [1, 33, 200])
@pytest.mark.parametrize("is_training", [True, False])
def test_every_length_and_no_sound_at_all(frames, is_training):
    encoder = SoundEncoder(32, 8).train(is_training)
    assert encoder(sounds(0, frames)).shape == (0, 8)
    assert encoder(sounds(2, frames)).shape == (2, 8)


def test_too_few_frequencies_are_refused():
    with pytest.raises(ValueError, match="at least 16, however: mels=8"):
        SoundEncoder(8, 8)
