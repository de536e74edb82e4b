import pytest

from banian.batches import ID, Fields
from banian.models.encoders.plan import plan_tables
from banian.spec import FieldsSpec, IdsSpec, ModelSpec

FIELDS = {
    "products": Fields(0, 0, vocabulary_sizes=(30, 1000, 9), names=("brand", "title", ID)),
    "customers": Fields(0, 0, vocabulary_sizes=(5,), names=("city",)),
}


def widths(**parts) -> dict[str, int]:
    planned = plan_tables(FIELDS, ModelSpec(**parts))
    return {f"{field.entity}.{field.name}": field.width for field in planned}


def test_every_field_is_eight_wide_and_ids_are_left_out():
    assert widths() == {"customers.city": 8, "products.brand": 8, "products.title": 8}


def test_fields_of_very_many_values_can_be_left_out_and_the_others_keep_their_places():
    short = ModelSpec(fields=FieldsSpec(sparse_rows=30))
    planned = plan_tables(FIELDS, short, long_fields=False)
    assert [(field.name, field.place) for field in planned] == [("city", 0)]
    assert plan_tables(FIELDS, ModelSpec(), long_fields=False) == plan_tables(FIELDS, ModelSpec())


def test_a_field_may_have_its_own_width():
    fields = FieldsSpec(width=4, widths={"products.title": 32})
    assert widths(fields=fields) == {
        "customers.city": 4,
        "products.brand": 4,
        "products.title": 32,
    }


def test_with_auto_a_field_of_more_values_is_wider():
    found = widths(fields=FieldsSpec(width="auto", widths={"products.brand": 3}))
    assert found == {"customers.city": 8, "products.brand": 3, "products.title": 32}


@pytest.mark.parametrize("width", [2, 16])
def test_ids_have_a_width_of_their_own_and_start_neutral(width):
    planned = plan_tables(FIELDS, ModelSpec(ids=IdsSpec(width=width)))
    own = [field for field in planned if field.name == ID]
    assert [(f.entity, f.place, f.size, f.width) for f in own] == [("products", 2, 9, width)]
    assert {field.name: field.ids_of for field in planned if field.ids_of} == {ID: "products"}
