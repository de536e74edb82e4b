"""Whose the vectors of ids are, shown by what it is for: a round of federated training, and saving."""

from dataclasses import replace

import pytest
import torch

from banian.batches import ID, Fields
from banian.errors import SpecError
from banian.kinds import TowerState
from banian.models import Grain, Ownership, build_model, declare_ownership
from banian.spec import IdsSpec, ModelSpec, STEMSpec

FIELDS = {
    "customers": Fields(2, 4, vocabulary_sizes=(5, 9), names=("city", ID)),
    "products": Fields(1, 4, vocabulary_sizes=(7, 12), names=("brand", ID)),
    "shops": Fields(1, 4, vocabulary_sizes=(6,), names=(ID,)),
}
GRAINS = {
    "offers": Grain(tuple(FIELDS), {"taken": TowerState("binary", "auc")}),
    "customers": Grain(("customers",), {"stays": TowerState("binary", "auc")}),
}
SPEC = ModelSpec(
    sharing=STEMSpec(width=6), ids=IdsSpec(width=8), entity_width=6, private_width=4, tower_width=5
)
IDS = {"customers": "private", "products": "merchant"}


def new_model(seed, fields=FIELDS):
    torch.manual_seed(seed)
    model = build_model(SPEC, fields=fields, grains=GRAINS, scenes=3)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model


def test_every_parameter_has_one_owner_and_ids_have_theirs_in_every_encoder():
    model = new_model(0)
    found = declare_ownership(model, IDS)
    names = [name for name, _ in model.named_parameters()]
    assert sorted(found.owners) == sorted(names)
    parts = [
        found.select(dict(model.named_parameters()), owner) for owner in ("private", "merchant")
    ]
    for entity, part in zip(("customers", "products"), parts, strict=True):
        assert set(part) == {name for name in names if f"ids_of_{entity}" in name}
        assert all(len(value) == FIELDS[entity].categories[ID] for value in part.values())
    # Of customers in the shared encoder and in the views of both tasks, of products in the view of one.
    assert [len(part) for part in parts] == [3, 2]
    shared = found.select(dict.fromkeys(names), "shared")
    assert len(shared) == len(names) - 5
    assert any("ids_of_shops" in name for name in shared)


def test_without_a_word_everything_is_shared():
    model = new_model(0)
    assert set(declare_ownership(model, {}).owners.values()) == {"shared"}


def test_a_round_averages_what_is_shared_and_leaves_everybody_his_ids():
    """Two merchants have other products, and other customers; shops they share."""
    larger = replace(FIELDS["products"], vocabulary_sizes=(7, 31))
    models = [new_model(0), new_model(1, {**FIELDS, "products": larger})]
    owned = [declare_ownership(model, IDS) for model in models]
    before = [{n: v.clone() for n, v in model.state_dict().items()} for model in models]
    sent = [own.select(state, "shared") for own, state in zip(owned, before, strict=True)]
    mean = {name: (value + sent[1][name]) / 2 for name, value in sent[0].items()}
    for own, model, state in zip(owned, models, before, strict=True):
        model.load_state_dict({**state, **mean})
        after = model.state_dict()
        assert all(torch.equal(after[name], mean[name]) for name in mean)
        kept = own.select(state, "merchant", "private")
        assert kept
        assert all(torch.equal(after[name], value) for name, value in kept.items())
        assert set(kept) | set(mean) == set(own.owners)


def test_what_is_saved_for_all_and_what_is_saved_for_one_make_the_network_again():
    model, other = new_model(0), new_model(1)
    own = declare_ownership(model, IDS)
    for_all, for_one = (own.select(model.state_dict(), o) for o in ("shared", "merchant"))
    other.load_state_dict({**other.state_dict(), **for_all, **for_one})
    differing = {
        name
        for name, value in model.named_parameters()
        if not torch.equal(value, other.get_parameter(name))
    }
    assert differing == set(own.select(own.owners, "private"))


def test_ownership_is_a_value():
    assert declare_ownership(new_model(0), IDS) == declare_ownership(new_model(1), dict(IDS))
    assert Ownership({"a": "private"}).select({"a": 1, "buffer": 2}, "private", "shared") == {
        "a": 1
    }


def test_an_entity_whose_ids_have_no_vectors_is_refused():
    with pytest.raises(SpecError, match="Ids of 'product' are to be private") as caught:
        declare_ownership(new_model(0), {"product": "private"})
    assert "Did you mean 'products'? There are: customers, products, shops." in str(caught.value)
