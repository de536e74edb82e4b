"""What encoders of images and sounds promise alike: a vector for each value, learned, changed in training only."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from banian.models.encoders.image import ImageEncoder
from banian.models.encoders.sound import SoundEncoder

Draw = Callable[[int], Tensor]


def draw(*shape: int) -> Draw:
    return lambda count: torch.randint(0, 256, (count, *shape), dtype=torch.uint8)


def stripe(images: Tensor) -> None:
    images[:, :, ::2] += 100


def hum(sounds: Tensor) -> None:
    sounds[:, 8:16] += 100


IMAGES = partial(ImageEncoder, 32), draw(3, 32, 32), stripe
SOUNDS = partial(SoundEncoder, 32), draw(32, 40), hum
both = pytest.mark.parametrize(
    ("make", "values", "mark"), [IMAGES, SOUNDS], ids=["images", "sounds"]
)


@both
def test_a_vector_does_not_depend_on_its_neighbours(make, values, mark):
    torch.manual_seed(0)
    encoder, pool = make(8).eval(), values(5)
    together = encoder(pool)
    alone = torch.cat([encoder(one[None]) for one in pool])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    assert (together.var(0) > 0).all()


@both
def test_values_are_changed_in_training_only_and_by_the_seed(make, values, mark):
    torch.manual_seed(0)
    encoder, pool = make(8), values(3)

    def seeded(seed):
        torch.manual_seed(seed)
        return encoder(pool)

    assert torch.equal(seeded(1), seeded(1))
    assert not torch.equal(seeded(1), seeded(2))
    encoder.eval()
    assert torch.equal(seeded(1), seeded(2))


@both
def test_it_learns_what_marks_half_of_the_values(make, values, mark):
    torch.manual_seed(0)
    encoder = make(8, widths=(16, 32))
    net = nn.Sequential(encoder, nn.Linear(8, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    labels = torch.arange(64) % 2
    halves = values(64) // 2
    marked = halves[labels == 1]
    mark(marked)
    halves[labels == 1] = marked
    for _ in range(40):
        loss = nn.functional.binary_cross_entropy_with_logits(net(halves)[:, 0], labels.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    assert ((net(halves)[:, 0] > 0) == labels.bool()).float().mean() > 0.95
