import torch

from banian.models.encoders import CategoricalEmbedding


def test_every_code_of_every_field_has_a_vector_of_its_own():
    torch.manual_seed(0)
    embedding = CategoricalEmbedding((4, 3, 5), width=8)
    torch.nn.init.normal_(embedding.table.weight)
    vectors = []
    for field, size in enumerate((4, 3, 5)):
        codes = torch.zeros(size, 3, dtype=torch.long)
        codes[:, field] = torch.arange(size)
        vectors.append(embedding(codes).unflatten(1, (3, 8))[:, field])
    torch.testing.assert_close(torch.cat(vectors), embedding.table.weight)


def test_absent_and_unseen_start_neutral_and_known_values_do_not():
    embedding = CategoricalEmbedding((4, 3), width=8)
    vectors = embedding(torch.tensor([[0, 0], [1, 1], [2, 2], [3, 2]])).unflatten(1, (2, 8))
    assert not vectors[:2].any()
    assert vectors[2:].any(dim=2).all()
