"""What every embedding of numbers promises, whichever it is."""

import pytest
import torch

from banian.batches import Block, Fields, NumberPart
from banian.models.encoders.numbers import AbstractNumbers, build_numbers
from banian.spec import LinearNumbersSpec, PeriodicNumbersSpec

SPECS = [LinearNumbersSpec(), PeriodicNumbersSpec(frequencies=3)]
FIELDS = Fields(numeric=3, specials=4, vocabulary_sizes=(), bins=5)


def build(spec, seed: int = 0) -> AbstractNumbers:
    torch.manual_seed(seed)
    return build_numbers(spec, FIELDS).double()


@pytest.fixture(params=SPECS, ids=lambda spec: spec.kind)
def spec(request):
    return request.param


@pytest.fixture
def numbers(spec) -> AbstractNumbers:
    made = build(spec)
    torch.nn.init.normal_(made.special.weight)
    return made


@pytest.fixture
def block(make_block) -> Block:
    return make_block(FIELDS, rows=80)


def by_field(numbers, block) -> torch.Tensor:
    return numbers(block, numbers.prepare(block)).unflatten(1, (3, -1))


def test_gives_a_vector_per_row_as_wide_as_it_says(numbers, block):
    assert numbers(block, numbers.prepare(block)).shape == (80, numbers.dim)


def test_rows_do_not_see_each_other(numbers, block):
    few = block.map(lambda tensor: tensor[20:30])
    torch.testing.assert_close(
        numbers(few, numbers.prepare(few)), numbers(block, numbers.prepare(block))[20:30]
    )


def test_fields_do_not_see_each_other(numbers, block):
    changed = block.map(torch.clone)
    changed.part(NumberPart).values[:, 1] //= 2
    before, after = by_field(numbers, block), by_field(numbers, changed)
    assert torch.equal(before[:, [0, 2]], after[:, [0, 2]])
    assert not torch.equal(before[:, 1], after[:, 1])


def test_a_special_value_is_its_row_of_the_table_and_nothing_else(numbers, block):
    table = numbers.special.weight.view(3, 4, -1)
    for row, field in (block.part(NumberPart).codes > 0).nonzero().tolist():
        expected = table[field, block.part(NumberPart).codes[row, field]] * block.present[row]
        torch.testing.assert_close(by_field(numbers, block)[row, field], expected)


def test_an_ordinary_value_does_not_touch_the_table(numbers, block):
    by_field(numbers, block)[block.part(NumberPart).codes == 0].sum().backward()
    assert not numbers.special.weight.grad.any()
    numbers.zero_grad()
    numbers(block, numbers.prepare(block)).sum().backward()
    gradient = numbers.special.weight.grad.view(3, 4, -1)
    assert not gradient[:, 0].any()
    assert gradient[:, 1:].any(dim=2).all()


def test_of_an_absent_entity_nothing_is_left(numbers, block):
    garbage = block.map(torch.clone)
    garbage.part(NumberPart).values[~block.present] = -9
    garbage.part(NumberPart).codes[~block.present] = 10**6
    assert not numbers(garbage, numbers.prepare(garbage))[~block.present].any()
    numbers(garbage, numbers.prepare(garbage)).square().sum().backward()
    dirty = [parameter.grad.clone() for parameter in numbers.parameters()]
    numbers.zero_grad()
    numbers(block, numbers.prepare(block)).square().sum().backward()
    for one, parameter in zip(dirty, numbers.parameters(), strict=True):
        assert torch.equal(one, parameter.grad)
        assert one.any()


def test_the_same_seed_builds_the_same_module(spec):
    one, same, other = (list(build(spec, seed).parameters()) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
