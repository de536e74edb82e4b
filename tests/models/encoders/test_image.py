import pytest
import torch
from torch import nn

from banian.models.encoders.image import ImageEncoder


def images(count, side=32):
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)


def test_a_vector_does_not_depend_on_its_neighbours():
    torch.manual_seed(0)
    encoder, pool = ImageEncoder(32, 8).eval(), images(5)
    together = encoder(pool)
    alone = torch.cat([encoder(one[None]) for one in pool])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    assert (together.var(0) > 0).all()


@pytest.mark.parametrize("side", [16, 48, 64])
@pytest.mark.parametrize("is_training", [True, False])
def test_every_side_and_no_image_at_all(side, is_training):
    encoder = ImageEncoder(side, 8).train(is_training)
    assert encoder(images(0, side)).shape == (0, 8)
    assert encoder(images(2, side)).shape == (2, 8)


def test_a_side_too_small_is_refused():
    with pytest.raises(ValueError, match="at least 16, however: side=8"):
        ImageEncoder(8, 8)


def test_images_are_changed_in_training_only_and_by_the_seed():
    torch.manual_seed(0)
    encoder, pool = ImageEncoder(32, 8), images(3)

    def seeded(seed):
        torch.manual_seed(seed)
        return encoder(pool)

    assert torch.equal(seeded(1), seeded(1))
    assert not torch.equal(seeded(1), seeded(2))
    encoder.eval()
    assert torch.equal(seeded(1), seeded(2))


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


def test_it_learns_what_is_to_be_seen():
    torch.manual_seed(0)
    encoder = ImageEncoder(16, 8, widths=(16, 32))
    net = nn.Sequential(encoder, nn.Linear(8, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    labels = torch.arange(64) % 2
    pool = images(64, 16) // 2
    pool[labels == 1, :, ::2] += 100  # stripes
    for _ in range(40):
        loss = nn.functional.binary_cross_entropy_with_logits(net(pool)[:, 0], labels.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    assert ((net(pool)[:, 0] > 0) == labels.bool()).float().mean() > 0.95


class Seen(nn.Module):
    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def forward(self, planes):
        self.seen.append(planes)
        return planes.new_zeros(len(planes), 8)
