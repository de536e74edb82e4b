import pytest
import torch

from banian.models import freeze, predict_values
from banian.models.batch_ensemble import (
    MemberInput,
    MemberLinear,
    repeat_for_members,
    split_members,
)
from banian.spec import MMoESpec, ModelSpec, SharedBottomSpec

MEMBERS = 3
SPEC = ModelSpec(
    sharing=SharedBottomSpec(width=16, members=MEMBERS),
    entity_width=12,
    private_width=6,
    tower_width=8,
    dropout=0.1,
)
GRAIN_NAMES = ["customers", "shop.lines"]
each_grain = pytest.mark.parametrize("grain", GRAIN_NAMES)


@pytest.fixture
def ensemble(make_model):
    """With weights at random, scales and heads among them, and dropout off."""
    model = make_model(SPEC).eval()
    torch.manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) / 5)
    return model


@each_grain
def test_losses_and_predictions_are_means_over_the_members(grain, ensemble, make_batch):
    batch = make_batch(grain, 9)
    logits = ensemble(batch)
    losses, values = ensemble.loss(batch, logits), ensemble.values(batch, logits)
    for at, task in enumerate(batch.tasks):
        tower, of_members = ensemble.tower(task), split_members(logits[task], MEMBERS).unbind(1)
        assert len(of_members) == MEMBERS
        each = [tower.loss(one, batch.label[:, at], batch.level[:, at]) for one in of_members]
        mean = torch.stack(each).mean(dim=0)
        torch.testing.assert_close(losses[:, at], torch.where(batch.mask[:, at], mean, 0))
        said = [tower.value(one, batch.level[:, at]) for one in of_members]
        assert not torch.allclose(said[0], said[1])
        torch.testing.assert_close(values[task], torch.stack(said).mean(dim=0))


@each_grain
def test_every_member_is_a_plain_network(grain, ensemble, make_model, make_batch):
    """With its scales multiplied into the shared weights, its biases and its heads."""
    batch = make_batch(grain, 9)
    logits = ensemble(batch)
    for member in range(MEMBERS):
        plain = make_model(SPEC.model_copy(update={"sharing": SharedBottomSpec(width=16)})).eval()
        weights = dict(ensemble.state_dict())
        signs = weights.pop("spread.scale")[member]
        for layer, seen in (("first", signs), ("second", None)):
            path = f"sharing.bottom.{layer}"
            if seen is None:
                seen = weights.pop(f"{path}.scale_in.value")[0, member]
            out = weights.pop(f"{path}.scale_out.value")[0, member]
            weights[f"{path}.weight.value"] = (
                out.unsqueeze(1) * weights[f"{path}.weight.value"] * seen
            )
            weights[f"{path}.bias.value"] = weights[f"{path}.bias.value"][:, member]
        for name in weights:
            if ".head." in name:
                weights[name] = weights[name][member]
        plain.load_state_dict(weights)
        for task, logit in plain(batch).items():
            torch.testing.assert_close(split_members(logits[task], MEMBERS)[:, member], logit)


def test_one_member_costs_nothing(make_model):
    one = make_model(SPEC.model_copy(update={"sharing": SharedBottomSpec(width=16)}))
    assert not any("scale" in name for name, _ in one.named_parameters())
    assert not any(isinstance(part, MemberInput | MemberLinear) for part in one.modules())


@each_grain
def test_all_members_start_at_the_priors(grain, make_model, make_batch):
    alone, ensemble = make_model(SPEC.model_copy(update={"sharing": MMoESpec()})), make_model(SPEC)
    batch = make_batch(grain, 50)
    for model in (alone, ensemble):
        model.fit_priors(batch)
    expected = alone.values(batch, alone(batch))
    for task, value in ensemble.values(batch, ensemble(batch)).items():
        torch.testing.assert_close(value, expected[task])


def test_members_part_ways_from_the_priors(make_model, make_batch):
    model, batch = make_model(SPEC).eval(), make_batch("customers", 50)
    model.fit_priors(batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        model.loss(batch, model(batch)).sum().backward()
        optimizer.step()
    spread = split_members(model(batch)["keys"], MEMBERS).std(dim=1)
    assert (spread > 1e-6).all()


def test_signs_are_even_and_differ_between_members():
    torch.manual_seed(0)
    signs = MemberInput(1000, members=4).scale.detach()
    assert set(signs.unique().tolist()) == {-1.0, 1.0}
    assert signs.mean(dim=1).abs().max() < 0.15
    assert (signs @ signs.T / 1000).fill_diagonal_(0).abs().max() < 0.15


def test_predictions_do_not_depend_on_the_batching(ensemble, make_batch):
    batch = make_batch("shop.lines", 23)
    whole = predict_values(freeze(ensemble), batch)
    for task, value in predict_values(freeze(ensemble), batch, rows_at_once=7).items():
        torch.testing.assert_close(
            torch.from_numpy(value), torch.from_numpy(whole[task]), rtol=1e-6, atol=1e-7
        )
    assert {
        value.shape
        for value in predict_values(freeze(ensemble), make_batch("customers", 0)).values()
    } == {(0, 1)}


def test_members_are_split_as_they_were_repeated():
    rows = torch.randn(4, 2, 3)
    assert torch.equal(
        split_members(repeat_for_members(rows, 5), 5), rows.unsqueeze(1).expand(-1, 5, -1, -1)
    )
    assert torch.equal(repeat_for_members(rows, 1), rows)
    assert split_members(repeat_for_members(rows[:0], 5), 5).shape == (0, 5, 2, 3)


def test_each_member_has_a_head_of_its_own():
    head = MemberLinear(4, 2, members=3).double()
    x = torch.randn(6, 4).double()
    for row in range(6):
        member = row % 3
        expected = head.weight[member] @ x[row] + head.bias[member]
        torch.testing.assert_close(head(x)[row], expected)
