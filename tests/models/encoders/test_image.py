import pytest
import torch
from torch import nn

from banian.models.encoders.image import ImageEncoder


def images(count, side=32):
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)


@pytest.mark.parametrize("side", [16, 48, 64])
@pytest.mark.parametrize("is_training", [True, False])
def test_every_side_and_no_image_at_all(side, is_training):
    encoder = ImageEncoder(side, 8).train(is_training)
    assert encoder(images(0, side)).shape == (0, 8)
    assert encoder(images(2, side)).shape == (2, 8)


def test_a_side_too_small_is_refused():
    with pytest.raises(ValueError, match="at least 16, however: side=8"):
        ImageEncoder(8, 8)


def test_what_is_changed_is_still_near_the_image():
    torch.manual_seed(0)
    encoder = ImageEncoder(32, 8)
    seen = []
    encoder.net = Seen(seen)
    pool = torch.zeros(400, 3, 32, 32, dtype=torch.uint8)
    pool[:, 0, :, 16:] = 200  # red on the right
    encoder(pool)
    red = seen[0][:, 0].mean(1)
    assert 0.3 < (red[:, 28] < red[:, 3]).float().mean() < 0.7  # half of them turned around
    erased = (seen[0] == 0).all(1).float().mean((1, 2))
    assert 0 < erased.mean() < 0.06
    assert erased.max() <= 0.12


class Seen(nn.Module):
    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def forward(self, planes):
        self.seen.append(planes)
        return planes.new_zeros(len(planes), 8)
