import pytest
import torch
from torch import nn

from banian.models.encoders.sound import SoundEncoder


def sounds(count, frames=40):
    return torch.randint(0, 256, (count, 32, frames), dtype=torch.uint8)


def test_a_vector_does_not_depend_on_its_neighbours():
    torch.manual_seed(0)
    encoder, pool = SoundEncoder(32, 8).eval(), sounds(5)
    together = encoder(pool)
    alone = torch.cat([encoder(one[None]) for one in pool])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    assert (together.var(0) > 0).all()


@pytest.mark.parametrize("frames", [1, 33, 200])
@pytest.mark.parametrize("is_training", [True, False])
def test_every_length_and_no_sound_at_all(frames, is_training):
    encoder = SoundEncoder(32, 8).train(is_training)
    assert encoder(sounds(0, frames)).shape == (0, 8)
    assert encoder(sounds(2, frames)).shape == (2, 8)


def test_too_few_frequencies_are_refused():
    with pytest.raises(ValueError, match="at least 16, however: mels=8"):
        SoundEncoder(8, 8)


def test_sounds_are_changed_in_training_only_and_by_the_seed():
    torch.manual_seed(0)
    encoder, pool = SoundEncoder(32, 8), sounds(3)

    def seeded(seed):
        torch.manual_seed(seed)
        return encoder(pool)

    assert torch.equal(seeded(1), seeded(1))
    assert not torch.equal(seeded(1), seeded(2))
    encoder.eval()
    assert torch.equal(seeded(1), seeded(2))


def test_it_learns_what_is_to_be_heard():
    torch.manual_seed(0)
    encoder = SoundEncoder(32, 8, widths=(16, 32))
    net = nn.Sequential(encoder, nn.Linear(8, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    labels = torch.arange(64) % 2
    pool = sounds(64) // 2
    pool[labels == 1, 8:16] += 100
    for _ in range(40):
        loss = nn.functional.binary_cross_entropy_with_logits(net(pool)[:, 0], labels.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    assert ((net(pool)[:, 0] > 0) == labels.bool()).float().mean() > 0.95
