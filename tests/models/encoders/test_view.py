import pytest
import torch

from banian.models.encoders import EntitiesEncoder, View


@pytest.fixture
def view(fields):
    torch.manual_seed(0)
    some = {entity: fields[entity] for entity in ("customers", "products")}
    encoder = EntitiesEncoder(some, width=4, dropout=0.0)
    return View(encoder, among=tuple(sorted(fields))).double()


def test_entities_stand_where_all_encoders_have_them_and_others_are_nothing(
    view, fields, make_batch
):
    batch = make_batch("shop.lines", 5)
    seen = view(batch).unflatten(1, (len(fields), 4))
    own = view.encoder(batch).unflatten(1, (2, 4))
    for at, entity in enumerate(sorted(fields)):
        if entity in view.encoder.names:
            assert own[:, view.encoder.names.index(entity)].any()
            assert torch.equal(seen[:, at], own[:, view.encoder.names.index(entity)])
        else:
            assert not seen[:, at].any()


def test_no_rows_have_a_view(view, make_batch):
    assert view(make_batch("customers", 0)).shape == (0, 16)
