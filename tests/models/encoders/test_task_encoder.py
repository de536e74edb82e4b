import pytest
import torch

from banian.models.encoders import EntitiesEncoder, TaskEncoder, join_rows
from banian.spec import ModelSpec


@pytest.fixture
def view(fields):
    torch.manual_seed(0)
    some = {entity: fields[entity] for entity in ("customers", "products")}
    encoder = EntitiesEncoder(some, ModelSpec(), width=4)
    return (
        TaskEncoder(encoder, among=tuple(sorted(fields)), dim=4 * len(fields) + 3).double().eval()
    )


def test_entities_stand_where_all_encoders_have_them_and_others_are_nothing(
    view, fields, make_batch
):
    batch = make_batch("shop.lines", 5)
    encoder, rows = view.encoder, join_rows([batch], tuple(fields))
    prepared = encoder.prepare(rows)
    found, rest = view(rows, prepared).split([4 * len(fields), 3], dim=1)
    assert not rest.any()
    seen = found.unflatten(1, (len(fields), 4))
    own = encoder(rows, encoder.embed(rows, prepared)).unflatten(1, (2, 4))
    for at, entity in enumerate(sorted(fields)):
        if entity in view.encoder.names:
            assert own[:, view.encoder.names.index(entity)].any()
            assert torch.equal(seen[:, at], own[:, view.encoder.names.index(entity)])
        else:
            assert not seen[:, at].any()


def test_no_rows_have_a_view(view, make_batch):
    rows = join_rows([make_batch("customers", 0)], view.encoder.names)
    assert view(rows, view.encoder.prepare(rows)).shape == (0, 19)
