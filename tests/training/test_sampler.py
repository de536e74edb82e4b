from collections import Counter
from dataclasses import replace

import pytest
import torch

from banian.training.sampler import MicroBatches


def numbered(batch):
    """Let the scene say which row it is."""
    return replace(batch, scene=torch.arange(len(batch)))


@pytest.fixture
def sample(make_batch):
    def make(rows, orders=0, customers=0, seed=0, per_step=1):
        sizes = {"customers": customers, "orders": orders}
        grains = {name: numbered(make_batch(name, size)) for name, size in sizes.items() if size}
        generator = torch.Generator().manual_seed(seed)
        return MicroBatches(grains, rows=rows, per_step=per_step, generator=generator)

    return make


def epoch(batches):
    return [grains for _ in range(batches.steps_per_epoch) for grains in batches.draw()]


def order(epoch):
    return [{grain: batch.scene.tolist() for grain, batch in step.items()} for step in epoch]


@pytest.mark.parametrize(("customers", "orders"), [(100, 50), (101, 7), (3, 95), (1, 1), (10, 10)])
def test_every_row_is_drawn_once_per_epoch(sample, customers, orders):
    batches = sample(10, customers=customers, orders=orders)
    for _ in range(2):
        seen = {"customers": Counter(), "orders": Counter()}
        steps = order(epoch(batches))
        assert len(steps) == batches.steps_per_epoch
        for step in steps:
            for grain, rows in step.items():
                seen[grain].update(rows)
        assert seen["customers"] == Counter(range(customers))
        assert seen["orders"] == Counter(range(orders))


def test_the_largest_grain_gives_the_rows_asked_for_and_others_in_proportion(sample):
    batches = sample(10, customers=100, orders=40)
    assert batches.steps_per_epoch == 10
    for step in epoch(batches):
        assert {grain: len(batch) for grain, batch in step.items()} == {
            "customers": 10,
            "orders": 4,
        }


@pytest.mark.parametrize("customers", [91, 99, 100, 101])
def test_no_step_is_larger_than_asked_for_and_all_are_nearly_equal(sample, customers):
    sizes = [len(step["customers"]) for step in epoch(sample(10, customers=customers))]
    assert max(sizes) <= 10
    assert max(sizes) - min(sizes) <= 1


def test_a_grain_with_fewer_rows_than_steps_is_missing_from_some(sample):
    steps = list(epoch(sample(10, customers=100, orders=3)))
    assert sum("orders" in step for step in steps) == 3
    assert all("customers" in step for step in steps)
    assert all(len(batch) for step in steps for batch in step.values())


def test_the_same_seed_gives_the_same_order_and_another_seed_another(sample):
    first = order(epoch(sample(10, customers=60, orders=30)))
    assert order(epoch(sample(10, customers=60, orders=30))) == first
    assert order(epoch(sample(10, customers=60, orders=30, seed=1))) != first


def test_every_epoch_has_an_order_of_its_own(sample):
    batches = sample(10, customers=60)
    assert order(epoch(batches)) != order(epoch(batches))


def test_the_order_comes_from_the_generator_alone(sample):
    first = order(epoch(sample(10, customers=60)))
    torch.manual_seed(99)
    assert order(epoch(sample(10, customers=60))) == first


@pytest.mark.parametrize("drawn", [0, 1, 5, 6, 7, 11, 12, 13])
def test_another_sampler_goes_on_where_the_position_was_taken(sample, drawn):
    batches, other = (
        sample(10, customers=60, orders=30),
        sample(10, customers=60, orders=30, seed=9),
    )
    for _ in range(drawn):
        batches.draw()
    position = batches.position
    rest = order([grains for _ in range(14) for grains in batches.draw()])
    other.seek(*position)
    assert order([grains for _ in range(14) for grains in other.draw()]) == rest


@pytest.mark.parametrize("customers", [120, 125, 2])
def test_a_step_of_several_micro_batches_passes_over_the_rows_as_one_large_one_does(
    sample, customers
):
    several = sample(10, customers=customers, orders=30, per_step=3)
    one = sample(30, customers=customers, orders=30)
    assert several.steps_per_epoch == one.steps_per_epoch
    seen = Counter()
    for _ in range(several.steps_per_epoch):
        drawn = several.draw()
        assert 0 < len(drawn) <= 3
        for grains in drawn:
            assert 0 < max(len(batch) for batch in grains.values()) <= 10
            seen.update(grains["customers"].scene.tolist() if "customers" in grains else ())
    assert seen == Counter(range(customers))


def test_where_the_sizes_allow_it_micro_batches_are_the_parts_of_the_large_one(sample):
    several = sample(10, customers=120, orders=60, per_step=3)
    one = sample(30, customers=120, orders=60)
    for _ in range(5):
        [whole] = order(one.draw())
        parts = order(several.draw())
        for grain, rows in whole.items():
            assert [row for part in parts for row in part[grain]] == rows
