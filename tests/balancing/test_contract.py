"""What every balance promises, whichever it is."""

import pytest
import torch

from banian.spec import (
    AlignedMTLSpec,
    AlternatingSpec,
    CAGradSpec,
    DWASpec,
    EqualSpec,
    FAMOSpec,
    FixedSpec,
    GradNormSpec,
    ImportanceSpec,
    IMTLGSpec,
    MGDASpec,
    NashMTLSpec,
    PCGradSpec,
    RLWSpec,
    UncertaintySpec,
    UPGradSpec,
)

CONSTANT = [
    EqualSpec(),
    FixedSpec(weights={"task 1": 3.0}),
    ImportanceSpec(levels={"task 0": "high", "task 2": "low"}),
]
LEARNED = [UncertaintySpec(), GradNormSpec(), FAMOSpec()]
WEIGHTED = [*CONSTANT, DWASpec(), RLWSpec(), *LEARNED]
AGGREGATED = [
    UPGradSpec(),
    PCGradSpec(),
    CAGradSpec(),
    MGDASpec(),
    IMTLGSpec(),
    AlignedMTLSpec(),
    NashMTLSpec(),
]
SPECS = [*WEIGHTED, *AGGREGATED, AlternatingSpec(), AlternatingSpec(by="grain")]


def each(*specs):
    names = [f"{spec.kind}_{spec.by}" if hasattr(spec, "by") else spec.kind for spec in specs]
    return pytest.mark.parametrize("spec", specs, ids=names)


@each(*SPECS)
def test_moves_once_along_finite_gradients_of_everything_that_is_there(
    spec, open_shop, draw_gradients
):
    shop = open_shop(draw_gradients(3))
    seen = shop.update(shop.build(spec), rate=0.01)
    assert shop.moves == 1
    assert shop.gradient.isfinite().all()
    assert shop.gradient.any()
    served = seen.share > 0
    assert served.any()
    assert (seen.loss[served] == 5).all()
    moved = [tower.grad is not None and bool(tower.grad.any()) for tower in shop.towers]
    assert moved == served.tolist()


@each(*SPECS)
def test_an_absent_task_has_no_say_and_keeps_its_state(spec, open_shop, draw_gradients):
    shop = open_shop(draw_gradients(3))
    balance = shop.build(spec)
    for _ in range(3):
        shop.update(balance, rate=0.01)
    before = {name: value.clone() for name, value in balance.state_dict().items()}
    shop.share[1] = 0
    seen = shop.update(balance, rate=0.01)
    assert seen.loss[1] == seen.share[1] == 0
    assert shop.towers[1].grad is None or not shop.towers[1].grad.any()
    for name, value in balance.state_dict().items():
        if value.shape == (3,) and name not in ("waited", "last", "ratio", "loss", "share"):
            assert torch.equal(value[1], before[name][1]), name
            assert not torch.equal(value, before[name]), name


@each(*SPECS)
def test_the_gradient_of_an_absent_task_changes_nothing(spec, open_shop, draw_gradients):
    gradients = draw_gradients(3)
    other = gradients.clone()
    other[1] *= -1e6
    found = []
    for rows in (gradients, other):
        torch.manual_seed(0)
        shop = open_shop(rows, [1, 0, 1])
        balance = shop.build(spec)
        for _ in range(3):
            shop.update(balance, rate=0.01)
        found.append(shop.gradient)
    assert torch.equal(*found)


@each(*AGGREGATED)
def test_aggregators_see_a_step_without_a_task_as_if_it_were_none_of_theirs(
    spec, open_shop, draw_gradients
):
    gradients = draw_gradients(4)
    found = []
    for rows, share in ((gradients, [1, 1, 0, 1]), (gradients[[0, 1, 3]], None)):
        torch.manual_seed(0)
        shop = open_shop(rows, share)
        shop.update(shop.build(spec))
        found.append(shop.gradient * shop.tasks)
    torch.testing.assert_close(*found)


@each(*SPECS)
def test_a_single_task_goes_down_its_own_gradient(spec, open_shop, draw_gradients, cosine):
    shop = open_shop(draw_gradients(1))
    named = {"weights": {"task 0": 2.0}, "levels": {"task 0": "high"}}
    known = {field: named[field] for field in named if field in type(spec).model_fields}
    balance = shop.build(spec.model_copy(update=known))
    for _ in range(4):
        shop.update(balance, rate=0.01)
        assert cosine(shop.gradient, shop.gradients[0]) == pytest.approx(1)


@each(*LEARNED, DWASpec(), *(spec for spec in AGGREGATED if spec != PCGradSpec()))
def test_numbering_tasks_anew_numbers_their_weights_anew(spec, open_shop, draw_gradients):
    gradients, order = draw_gradients(3), [2, 0, 1]
    one, other = open_shop(gradients), open_shop(gradients, order=order)
    balance, again = one.build(spec), other.build(spec)
    for _ in range(5):
        seen, found = one.update(balance, rate=0.01), other.update(again, rate=0.01)
        torch.testing.assert_close(found.weight, seen.weight[order], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(other.gradient, one.gradient, rtol=1e-4, atol=1e-6)
    assert len(set(seen.weight.tolist())) > 1


DIFFICULT = {
    "all zero": [[0.0] * 4] * 3,
    "one zero": [[0.0] * 4, [1.0, 2, 0, 1], [-1.0, 1, 1, 0]],
    "equal": [[1.0, 2, 0, 1]] * 3,
    "two equal": [[1.0, 2, 0, 1], [1.0, 2, 0, 1], [-1.0, 1, 1, 0]],
    "opposite": [[1.0, 2, 0, 1], [-1.0, -2, 0, -1], [0.0, 0, 1, 0]],
    "opposite, of other lengths": [[1.0, 2, 0, 1], [-3.0, -6, 0, -3], [0.0, 0, 1, 0]],
    "tiny": [[1e-30, 0, 1e-30, 0], [0, 1e-30, -1e-30, 0], [1e-30, 1e-30, 0, 0]],
    "of all sizes": [[1e-9, 2, 0, 1], [1e8, 0, -1, 0], [0, 1e-12, 1e-12, 0]],
}


@each(*SPECS)
@pytest.mark.parametrize(
    ("gradients", "height"),
    [
        *(pytest.param(rows, 5.0, id=name) for name, rows in DIFFICULT.items()),
        # What loses nothing divides by losses, if at all, whichever its gradients are.
        *(pytest.param(DIFFICULT[n], 0.0, id=f"{n}, lost 0") for n in ("all zero", "of all sizes")),
    ],
)
def test_no_gradients_make_it_fail(spec, gradients, height, open_shop):
    shop = open_shop(gradients, height=height)
    balance = shop.build(spec)
    for _ in range(5):
        seen = shop.update(balance, rate=1e-12)
        assert seen.weight.isfinite().all()
        assert shop.gradient.isfinite().all()
    assert all(value.nan_to_num().isfinite().all() for value in balance.state_dict().values())
    assert (balance.state_dict().get("weight", torch.ones(1)) > 0).all()


@each(*AGGREGATED)
def test_a_gradient_that_is_no_number_goes_through_as_in_a_plain_sum(spec, open_shop):
    shop = open_shop([[1.0, 2, 0, 1], [torch.nan, 1, 1, 0]])
    shop.update(shop.build(spec))
    assert shop.gradient.isnan().any()


@each(*SPECS)
def test_the_same_seed_gives_the_same_updates(spec, open_shop, draw_gradients):
    ended = []
    for _ in range(2):
        torch.manual_seed(3)
        shop = open_shop(draw_gradients(3))
        balance = shop.build(spec)
        for _ in range(6):
            shop.update(balance, rate=0.05)
        ended.append(torch.cat([parameter.detach().flatten() for parameter in shop.parameters]))
    assert torch.equal(*ended)


@each(*SPECS)
def test_another_balance_goes_on_from_its_state(spec, open_shop, draw_gradients):
    shares = [[1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1], [1, 1, 1], [1, 1, 0], [1, 0.5, 1]]

    def run(stop):
        torch.manual_seed(0)
        shop, weights = open_shop(draw_gradients(3)), []
        balance = shop.build(spec)
        for at, share in enumerate(shares):
            if at == stop:
                state = {name: value.clone() for name, value in balance.state_dict().items()}
                balance = shop.build(spec)
                balance.load_state_dict(state)
            shop.share = torch.tensor(share).double()
            weights.append(shop.update(balance, rate=0.05).weight)
        return torch.stack(weights)

    for stop in (1, 4, 5):
        assert torch.equal(run(stop), run(None))


@each(*SPECS)
def test_several_parts_make_the_update_of_their_union(spec, open_shop, draw_gradients):
    ended = []
    for micro_batches in (1, 4):
        torch.manual_seed(1)
        shop = open_shop(draw_gradients(3), [1, 1, 2], penalty=0.25)
        balance = shop.build(spec)
        for _ in range(4):
            seen = shop.update(balance, micro_batches=micro_batches, rate=0.05)
        ended.append([seen.weight, seen.loss, seen.share, *shop.parameters])
    for one, other in zip(*ended, strict=True):
        torch.testing.assert_close(one, other)


@each(*SPECS)
def test_a_penalty_is_added_whatever_the_weights(spec, open_shop, draw_gradients):
    found = []
    for penalty in (0.0, 0.25):
        torch.manual_seed(1)
        shop = open_shop(draw_gradients(3), penalty=penalty)
        shop.update(shop.build(spec))
        found.append(shop.gradient)
    torch.testing.assert_close(found[1] - found[0], torch.full((5,), 0.25).double())


@each(*AGGREGATED)
def test_aggregators_leave_towers_and_tables_their_plain_gradients(spec, open_shop, draw_gradients):
    """Rows 0 and 1 of the table are met by tasks of their own, row 2 by none of the update."""
    shop = open_shop(draw_gradients(3), [1, 1, 0])
    shop.update(shop.build(spec))
    assert [tower.grad for tower in shop.towers] == [2 / 3, 2 / 3, None]
    assert shop.table.grad.is_sparse
    rows = shop.table.grad.coalesce()
    assert rows.indices().tolist() == [[0, 1]]
    torch.testing.assert_close(rows.values(), torch.full((2, 2), 1 / 3).double())


@each(*AGGREGATED)
@pytest.mark.parametrize("scale", [1e-8, 1e6])
def test_the_unit_of_all_losses_does_not_matter(spec, scale, open_shop, draw_gradients):
    """Weights that hang on an absolute threshold would stop protecting anyone as training converges."""
    found = []
    for unit in (1.0, scale):
        torch.manual_seed(0)
        shop = open_shop(draw_gradients(3) * unit)
        found.append(shop.update(shop.build(spec)).weight)
    torch.testing.assert_close(*found, rtol=1e-6, atol=1e-6)


@each(*SPECS)
def test_where_gradients_do_not_conflict_and_are_equally_long_all_count_about_one(spec, open_shop):
    shop = open_shop(torch.eye(3, 4))
    balance = shop.build(spec)
    seen = [shop.update(balance) for _ in range(6)]
    mean = torch.stack([one.weight for one in seen]).mean(dim=0)
    assert (mean > 0.1).all()
    if not isinstance(spec, CAGradSpec):
        assert mean.mean().item() == pytest.approx(1, abs=0.2)
