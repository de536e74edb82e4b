import numpy as np
import pytest
import torch

from banian.balancing import measure_conflict


def test_norms_and_cosines_are_those_of_the_gradients(open_shop, draw_gradients):
    rows = draw_gradients(3).numpy()
    shop = open_shop(rows)
    found = measure_conflict(shop.micro_batches()[0], shop.shared)
    assert found.norm == pytest.approx(dict(enumerate(np.linalg.norm(rows, axis=1))))
    cosines = np.corrcoef(
        np.concatenate([rows, -rows], axis=1)
    )  # centred, so that they are cosines
    assert found.cosine == pytest.approx(
        {(i, j): cosines[i, j] for i in range(3) for j in range(i + 1, 3)}
    )
    assert min(found.cosine.values()) < 0


def test_absent_tasks_are_left_out_and_nothing_is_changed(open_shop, draw_gradients):
    shop = open_shop(draw_gradients(3), [1, 0, 1])
    kept = torch.full((2,), 7.0).double()
    shop.shared[0].grad = kept.clone()
    state = torch.get_rng_state()
    found = measure_conflict(shop.micro_batches()[0], shop.shared)
    assert set(found.norm) == {0, 2}
    assert set(found.cosine) == {(0, 2)}
    assert torch.equal(shop.shared[0].grad, kept)
    assert all(parameter.grad is None for parameter in shop.parameters[1:])
    assert torch.equal(torch.get_rng_state(), state)


def test_a_gradient_that_vanishes_has_no_angle(open_shop):
    shop = open_shop([[0.0, 0, 0], [1.0, 0, 0]])
    found = measure_conflict(shop.micro_batches()[0], shop.shared)
    assert found.norm == {0: 0.0, 1: 1.0}
    assert found.cosine == {(0, 1): 0.0}
