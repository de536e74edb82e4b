import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.models.encoders import EmbeddingTables, TableField, TableRows

FIELDS = (
    TableField("customers", "city", place=0, size=5, width=4),
    TableField("customers", "plan", place=2, size=3, width=4),
    TableField("customers", "zip", place=1, size=9, width=6),
    TableField("products", "brand", place=0, size=7, width=4),
    TableField("products", "id", place=1, size=6, width=6, ids_of="products"),
)
SIZES = {"customers": (5, 9, 3), "products": (7, 6)}


def codes(rows: int = 40, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        entity: torch.stack(
            [torch.randint(size, (rows,), generator=generator) for size in sizes], dim=1
        )
        for entity, sizes in SIZES.items()
    }


@pytest.fixture
def tables() -> EmbeddingTables:
    torch.manual_seed(0)
    return EmbeddingTables(FIELDS, sparse_rows=100)


@pytest.fixture
def sparse() -> EmbeddingTables:
    """Tables of which the larger fields have sparse gradients."""
    torch.manual_seed(0)
    return EmbeddingTables(FIELDS, sparse_rows=7)


def vector(tables: EmbeddingTables, field: TableField, code: int) -> torch.Tensor:
    rows = tables.rows[field.entity, field.name]
    return tables.tables[rows.table].weight[rows.start + code]


def test_fields_of_one_width_share_a_table_and_large_ones_and_ids_have_others(tables, sparse):
    assert {name: len(table.weight) for name, table in tables.tables.items()} == {
        "ids_of_products": 6,
        "width_4": 15,
        "width_6": 9,
    }
    assert {name: len(table.weight) for name, table in sparse.tables.items()} == {
        "width_4": 8,
        "width_4_sparse": 7,
        "ids_of_products": 6,
        "width_6_sparse": 9,
    }
    assert {n for n, table in sparse.tables.items() if table.sparse} == {
        "width_4_sparse",
        "width_6_sparse",
    }


@pytest.mark.parametrize("make", ["tables", "sparse"])
def test_rows_of_different_fields_never_meet_and_fill_their_table(make, request):
    made = request.getfixturevalue(make)
    for name, table in made.tables.items():
        held = sorted((r.start, r.stop) for r in made.rows.values() if r.table == name)
        assert held[0][0] == 0
        assert held[-1][1] == len(table.weight)
        assert all(one[1] == other[0] for one, other in itertools.pairwise(held))


@pytest.mark.parametrize("make", ["tables", "sparse"])
def test_every_code_of_every_field_gets_the_vector_in_its_row(make, request):
    made, given_codes = request.getfixturevalue(make), codes()
    for table in made.tables.values():
        torch.nn.init.normal_(table.weight)
    found = made(given_codes)
    for entity in SIZES:
        own = [field for field in FIELDS if field.entity == entity]
        assert found[entity].shape == (40, sum(field.width for field in own))
        assert made.dims[entity] == found[entity].shape[1]
        for row in range(40):
            parts = [vector(made, f, int(given_codes[entity][row, f.place])) for f in own]
            expected = sorted(torch.cat(parts).tolist())
            assert sorted(found[entity][row].tolist()) == expected


def test_an_entity_that_is_missing_leaves_the_others_as_they_are(tables):
    whole = tables(codes())
    alone = tables({"products": codes()["products"]})
    assert list(alone) == ["products"]
    assert torch.equal(alone["products"], whole["products"])


def test_entities_without_fields_get_nothing(tables):
    nothing = torch.zeros(40, 0, dtype=torch.long)
    assert set(tables({**codes(), "sellers": nothing})) == {"customers", "products"}
    assert tables({"sellers": nothing}) == {}
    assert EmbeddingTables((), sparse_rows=9)({"sellers": nothing}) == {}


def test_absent_and_unseen_start_neutral_and_known_values_do_not_unless_they_are_ids(tables):
    for field in FIELDS:
        vectors = [vector(tables, field, code) for code in range(field.size)]
        assert not torch.stack(vectors[:2]).any()
        assert torch.stack(vectors[2:]).any(dim=1).all() != (field.ids_of is not None)


def test_a_field_can_be_moved_without_a_change_to_any_other(tables):
    before = tables(codes())
    rows = tables.rows["customers", "city"]
    table = tables.tables[rows.table]
    moved = torch.cat([table.weight.detach(), table.weight.detach()[rows.start : rows.stop]])
    moved[rows.start : rows.stop] = torch.nan
    start = len(table.weight)
    tables.tables[rows.table] = torch.nn.Embedding.from_pretrained(moved)
    tables.rows["customers", "city"] = TableRows(rows.table, start, start + 5)
    after = tables(codes())
    assert all(torch.equal(after[entity], before[entity]) for entity in SIZES)


LINKED = (
    *FIELDS,
    TableField("products ← lines", "channel", place=0, size=4, width=6),
    TableField("products ← lines", "item", place=1, size=6, width=6, ids_of="products"),
    TableField("products ← lines", "paid", place=2, size=5, width=6),
)


def test_fields_of_ids_read_the_rows_of_their_entity_and_stand_where_the_spec_has_them():
    torch.manual_seed(0)
    made = EmbeddingTables(LINKED, sparse_rows=100)
    for table in made.tables.values():
        torch.nn.init.normal_(table.weight)
    assert made.rows["products ← lines", "item"] == made.rows["products", "id"]
    seen = torch.stack([torch.arange(4), torch.arange(4) + 2, torch.arange(4)], dim=1)
    found = made({"products ← lines": seen})["products ← lines"]
    for row in range(4):
        parts = [vector(made, field, int(seen[row, field.place])) for field in LINKED[-3:]]
        assert torch.equal(found[row], torch.cat(parts))


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(6, 40), min_size=1, max_size=4), sparse_rows=st.sampled_from([3, 99])
)
def test_growing_moves_no_row_and_changes_no_vector(sizes, sparse_rows):
    """However often, and also of what was sparse; a new code has the vector of unseen ones, code 1."""
    torch.manual_seed(0)
    made = EmbeddingTables(LINKED, sparse_rows=sparse_rows)
    for table in made.tables.values():
        torch.nn.init.normal_(table.weight)
    before = {name: table.weight.clone() for name, table in made.tables.items()}
    rows, vectors = dict(made.rows), made(codes())
    for size in sizes:
        made.grow({"products": size, "strangers": 99}, {"strangers": [4]})
    largest = max(sizes)
    assert (
        len(made.tables["ids_of_products"].weight)
        == largest
        == made.tables["ids_of_products"].num_embeddings
    )
    for name, table in made.tables.items():
        assert torch.equal(table.weight[: len(before[name])], before[name])
    for key, place in made.rows.items():
        assert (place.table, place.start) == (rows[key].table, rows[key].start)
        assert (place.stop == rows[key].stop) == (place.table != "ids_of_products" or largest == 6)
    assert all(torch.equal(vectors[entity], found) for entity, found in made(codes()).items())
    newest, unseen = (torch.tensor([[2, code]]) for code in (largest - 1, 1))
    if largest > 6:
        assert torch.equal(
            made({"products": newest})["products"], made({"products": unseen})["products"]
        )


def test_a_code_that_changes_hands_starts_as_unseen_and_the_others_stay():
    torch.manual_seed(0)
    made = EmbeddingTables(LINKED, sparse_rows=99)
    table = made.tables["ids_of_products"]
    torch.nn.init.normal_(table.weight)
    before = table.weight.detach().clone()
    anew = made.grow({"products": 7}, {"products": [2, 5]})
    assert anew == {table.weight: [2, 5]}
    for code in range(7):
        assert torch.equal(table.weight[code], before[1 if code in (2, 5, 6) else code])


def test_a_new_row_is_trained_alone_and_a_frozen_table_stays_frozen(tables):
    tables.grow({"products": 8}, {})
    tables({"products": torch.tensor([[0, 7]])})["products"].sum().backward()
    gradient = tables.tables["ids_of_products"].weight.grad
    assert gradient.any(dim=1).tolist() == [False] * 7 + [True]
    tables.tables["ids_of_products"].weight.requires_grad_(False)
    tables.grow({"products": 9}, {})
    assert not tables.tables["ids_of_products"].weight.requires_grad


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_a_sparse_gradient_is_the_dense_one(seed):
    found = []
    for limit in (10**9, 1):
        torch.manual_seed(0)
        made = EmbeddingTables(FIELDS, sparse_rows=limit).double()
        weights = {e: torch.arange(s * 12.0).reshape(12, s).sin() for e, s in made.dims.items()}
        out = made(codes(12, seed))
        sum((out[entity] * weights[entity]).sum() for entity in out).backward()
        gradients = {name: table.weight.grad for name, table in made.tables.items()}
        assert all(grad.is_sparse == (limit == 1) for grad in gradients.values())
        found.append(
            {
                key: gradients[rows.table].to_dense()[rows.start : rows.stop]
                for key, rows in made.rows.items()
            }
        )
    for key, dense in found[0].items():
        torch.testing.assert_close(found[1][key], dense)
