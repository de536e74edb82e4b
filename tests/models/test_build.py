import pytest
import torch

from banian.models import build_model
from banian.models.encoders import EntitiesEncoder
from banian.spec import FieldsSpec, MMoESpec, ModelSpec, PLESpec, SharedBottomSpec, STEMSpec


@pytest.mark.parametrize(
    "sharing",
    [
        MMoESpec(width=8, experts=2),
        SharedBottomSpec(width=8),
        PLESpec(width=8, members=2),
        STEMSpec(width=8),
    ],
    ids=lambda spec: spec.kind,
)
def test_the_network_depends_on_the_seed_and_not_on_the_order_of_mappings(sharing, fields, grains):
    spec = ModelSpec(sharing=sharing)

    def build(seed, fields, grains):
        torch.manual_seed(seed)
        return build_model(spec, fields=fields, grains=grains, scenes=3).state_dict()

    first = build(0, fields, grains)
    second = build(0, dict(reversed(fields.items())), dict(reversed(grains.items())))
    assert list(first) == list(second)
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = build(1, fields, grains)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_parts_are_as_wide_as_declared(fields, grains):
    spec = ModelSpec(
        sharing=SharedBottomSpec(width=9), entity_width=5, private_width=7, tower_width=3
    )
    model = build_model(spec, fields=fields, grains=grains, scenes=3)
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    assert shapes["entities.encoders.of_customers.absent"] == (5,)
    assert shapes["private.of_shop%2Elines.encoders.of_products.absent"] == (7,)
    assert shapes["sharing.bottom.first.weight.value"] == (1, 9, 4 * 5 + 8)
    assert shapes["towers.of_a%2Eb.layer.hidden.weight"] == (3, 9 + 4 * 7)
    assert shapes["towers.of_keys.layer.hidden.weight"] == (3, 9 + 1 * 7)


def test_dropout_is_everywhere_as_declared(fields, grains):
    model = build_model(ModelSpec(dropout=0.3), fields=fields, grains=grains, scenes=3)
    rates = [module.p for module in model.modules() if isinstance(module, torch.nn.Dropout)]
    assert set(rates) == {0.3}


def test_private_encoders_have_no_vectors_of_very_long_fields(fields, grains, make_batch):
    spec = ModelSpec(fields=FieldsSpec(sparse_rows=6), sharing=STEMSpec(width=8))
    model = build_model(spec, fields=fields, grains=grains, scenes=4)
    codes = {
        name: sum(len(table.weight) for table in encoder.tables.tables.values())
        for name, encoder in model.named_modules()
        if isinstance(encoder, EntitiesEncoder)
    }
    # customers have fields of 5 and 7 codes, lines one of 6
    assert codes["entities"] == 5 + 7 + 6
    assert codes["private.of_customers"] == codes["private.of_shop%2Elines"] == 5
    assert codes["views.of_spend.encoder"] == 5 + 7
    batch = make_batch("shop.lines", 9).to(torch.device("cpu"), torch.float32)
    assert model(batch)["margin"].isfinite().all()
