import pytest
import torch

from banian.batches import Fields
from banian.models.encoders import FieldsEmbedding
from banian.spec import LinearNumbersSpec, NoContentSpec, PeriodicNumbersSpec

MAKES = {
    "both": (3, 6),
    "more categories": (1, 40),
    "numbers": (2, 0),
    "categories": (0, 4),
    "nothing": (0, 0),
}


@pytest.fixture
def given(make_block):
    """What embeds so many numbers and units of categorical fields, and rows for it."""

    def build(numbers, categorical, rows, spec=LinearNumbersSpec()):  # noqa: B008 -- frozen
        fields = Fields(numeric=numbers, specials=4, vocabulary_sizes=())
        torch.manual_seed(0)
        embedding = FieldsEmbedding(fields, spec, NoContentSpec(), categorical=categorical).double()
        block = make_block(fields, rows=rows)
        return embedding, (
            block,
            embedding.prepare(block),
            torch.randn(rows, categorical).double(),
        )

    return build


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES.keys())
def test_any_make_of_entity_becomes_as_many_units_as_it_says_which_all_weights_shape(make, given):
    embedding, rows = given(*make, 300)
    out = embedding(*rows)
    assert out.shape == (300, embedding.dim)
    if out.requires_grad:
        (out * torch.randn_like(out)).sum().backward()
    assert all(parameter.grad.any() for parameter in embedding.parameters())


def test_categorical_fields_stand_last(given):
    embedding, rows = given(*MAKES["both"], 20)
    assert torch.equal(embedding(*rows)[:, -6:], rows[2])


@pytest.mark.parametrize("name", ["both", "numbers", "categories"])
def test_different_rows_get_different_vectors(name, given):
    embedding, rows = given(*MAKES[name], 20)
    assert len(embedding(*rows).detach().unique(dim=0)) > 3


def test_of_an_entity_without_fields_it_says_whether_it_is_there(given):
    embedding, rows = given(*MAKES["nothing"], 20)
    assert torch.equal(embedding(*rows)[:, 0], rows[0].present.double())


@pytest.mark.parametrize(
    "spec", [LinearNumbersSpec(), PeriodicNumbersSpec()], ids=["lines", "waves"]
)
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES.keys())
def test_without_gradients_the_same_vectors_are_written(make, spec, given):
    embedding, rows = given(*make, 30, spec)
    for parameter in embedding.parameters():
        torch.nn.init.normal_(parameter)
    expected = embedding(*rows)
    with torch.no_grad():
        torch.testing.assert_close(embedding(*rows), expected, rtol=1e-12, atol=1e-12)
