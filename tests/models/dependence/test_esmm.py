import math

import numpy as np
import pytest
import torch

from banian.batches import Batch
from banian.errors import LabelError
from banian.kinds import TowerState
from banian.models import Grain
from banian.models.dependence import ESMM, build_space
from banian.spec import ESMMSpec

NAN = math.nan
CHAINS = {"cart": ("click", "cart"), "buy": ("click", "cart", "buy")}
RATES = {"click": 0.4, "cart": 0.5, "buy": 0.3}
BINARY = TowerState("binary", "auc")


def logits_of(*columns: list[float]) -> dict[str, torch.Tensor]:
    names = ("click", "cart", "buy")[: len(columns)]
    return {
        name: torch.tensor(column, dtype=torch.float64).unsqueeze(1)
        for name, column in zip(names, columns, strict=True)
    }


def losses(esmm: ESMM, batch: Batch, logits: dict[str, torch.Tensor]) -> torch.Tensor:
    """Of every row and task; steps without a chain of their own are said to lose nothing."""
    own = {task: torch.zeros_like(batch.label[:, 0]) for task in batch.tasks}
    return torch.stack(list(esmm.losses(batch, logits, own).values()), dim=1)


def sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z)))


def test_the_label_is_the_products_and_absent_is_absent(label_batch):
    """Row by row: click, then what is known of the cart, given the click."""
    batch = label_batch(
        {
            "click": [0, 1, 1, 1, NAN, NAN],
            "cart": [NAN, 0, 1, NAN, NAN, 1],
        }
    )
    esmm = ESMM({"cart": ("click", "cart")})
    assert esmm.weight(batch).tolist() == [[1, 1], [1, 1], [1, 1], [1, 0], [0, 0], [0, 0]]
    logits = logits_of([0.3] * 6, [-0.4] * 6)
    own = {task: torch.full((6,), 7.0, dtype=torch.float64) for task in batch.tasks}
    found = esmm.losses(batch, logits, own)
    joint = sigmoid(0.3) * sigmoid(-0.4)
    no, yes = -math.log(1 - joint), -math.log(joint)
    np.testing.assert_allclose(found["cart"], [no, no, yes, 0, 0, 0], rtol=1e-12)
    assert (found["click"] == 7).all()  # the first step keeps its own loss


def test_a_chain_of_three_is_over_as_soon_as_a_link_is_known_to_break(label_batch):
    batch = label_batch(
        {
            "click": [0, 1, 1, 1, 1, 1, NAN],
            "cart": [NAN, 0, 1, 1, 1, NAN, NAN],
            "buy": [NAN, NAN, 0, 1, NAN, NAN, NAN],
        }
    )
    esmm = ESMM(CHAINS)
    assert esmm.weight(batch)[:, 2].tolist() == [1, 1, 1, 1, 0, 0, 0]
    rows = np.random.default_rng(0).normal(size=(3, 7))
    logits = logits_of(*rows.tolist())
    found = losses(esmm, batch, logits)
    cart, buy = sigmoid(rows[0]) * sigmoid(rows[1]), sigmoid(rows).prod(axis=0)
    expected = -np.log(np.stack([1 - cart, 1 - cart, cart, cart, cart]))[np.arange(5), np.arange(5)]
    np.testing.assert_allclose(found[:5, 1], expected, rtol=1e-12)
    expected = [-np.log(1 - buy[row]) for row in range(3)] + [-np.log(buy[3])]
    np.testing.assert_allclose(found[:4, 2], expected, rtol=1e-12)
    assert not found[5:, 1].any()
    assert not found[4:, 2].any()


def test_losses_are_in_units_of_the_constant_over_the_entire_space(funnel_batch):
    """The constants are each step's rate, so their product is the rate of the product."""
    batch = funnel_batch(RATES, 4000)
    esmm = ESMM(CHAINS)
    esmm.fit_prior(batch)
    rates = [batch.label[batch.mask[:, at], at].mean() for at in range(3)]
    logits = {
        task: torch.logit(rate).expand(4000, 1)
        for task, rate in zip(batch.tasks, rates, strict=True)
    }
    loss = losses(esmm, batch, logits).sum(0)
    weight = esmm.weight(batch).sum(0)
    assert weight.tolist() == [4000, 4000, 4000]
    np.testing.assert_allclose((loss / weight)[1:], [1, 1], rtol=1e-9)


def test_labels_lost_at_random_do_not_make_later_steps_look_rare(funnel_batch):
    """What is best over the entire space is each step's rate among the labels that are known."""
    batch = funnel_batch(RATES, 20000, lost=0.5)
    esmm = ESMM(CHAINS)
    esmm.fit_prior(batch)
    known = [esmm.of(task).known.item() for task in CHAINS]
    assert known == pytest.approx([0.5, 0.5], abs=0.02)
    logits = {task: torch.zeros(1, 1, dtype=torch.float64, requires_grad=True) for task in RATES}
    optimizer = torch.optim.LBFGS(list(logits.values()), line_search_fn="strong_wolfe", max_iter=99)

    def closure():
        optimizer.zero_grad()
        every = {task: logit.expand(len(batch), 1) for task, logit in logits.items()}
        click = torch.nn.functional.binary_cross_entropy_with_logits(
            every["click"][:, 0], batch.label[:, 0], reduction="sum"
        )
        loss = click + losses(esmm, batch, every).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    found = {task: logit.sigmoid().item() for task, logit in logits.items()}
    rates = {
        task: batch.label[batch.mask[:, at], at].mean().item()
        for at, task in enumerate(batch.tasks)
    }
    assert found == pytest.approx(rates, abs=0.003)
    assert found == pytest.approx(RATES, abs=0.02)


def test_rows_of_broken_chains_count_by_the_share_of_known_labels(label_batch):
    batch = label_batch({"click": [0, 0, 1, 1, 1, 1], "cart": [NAN, NAN, 1, NAN, 0, NAN]})
    esmm = ESMM({"cart": ("click", "cart")})
    esmm.fit_prior(batch)
    assert esmm.weight(batch)[:, 1].tolist() == [0.5, 0.5, 1, 0, 1, 0]
    rate = 1 / 3
    assert esmm.of("cart").unit.item() == pytest.approx(
        -rate * math.log(rate) - (1 - rate) * math.log(1 - rate)
    )


def test_the_gradient_of_a_product_reaches_every_step_and_no_absent_row(label_batch):
    batch = label_batch({"click": [0, 1, NAN], "cart": [NAN, 1, NAN]})
    logits = {name: torch.zeros(3, 1, requires_grad=True) for name in ("click", "cart")}
    esmm = ESMM({"cart": ("click", "cart")})
    losses(esmm, batch.to(torch.device("cpu")), logits)[:, 1].sum().backward()
    for logit in logits.values():
        assert logit.grad[:2].all()
        assert logit.grad[2] == 0
    assert esmm.reaches("click")
    assert not esmm.reaches("cart")


def test_members_of_an_ensemble_lose_by_themselves_and_their_losses_are_averaged(label_batch):
    """Each has a probability of its own; a row's stand next to each other."""
    batch = label_batch({"click": [0, 1], "cart": [NAN, 1]})
    esmm = ESMM({"cart": ("click", "cart")})
    rows = np.random.default_rng(0).normal(size=(2, 4)).tolist()
    together = losses(esmm, batch, logits_of(*rows))[:, 1]
    for member in (0, 1):
        alone = losses(esmm, batch, logits_of(*(row[member::2] for row in rows)))[:, 1]
        together = together - alone / 2
    np.testing.assert_allclose(together, 0, atol=1e-15)


def test_equal_labels_leave_the_unit_at_one(label_batch):
    batch = label_batch({"click": [1, 1], "cart": [1, 1]})
    esmm = ESMM({"cart": ("click", "cart")})
    esmm.fit_prior(batch)
    assert esmm.of("cart").unit.item() == 1


def test_only_products_of_probabilities_are_products():
    """An amount given a purchase keeps its own loss; so does what is given an amount's task."""
    grain = Grain(
        ("pages",),
        {
            "click": BINARY,
            "buy": BINARY,
            "back": BINARY,
            "spend": TowerState("amount", "mae"),
            "rated": BINARY,
        },
        given={"buy": "click", "spend": "buy", "back": "buy", "rated": "spend"},
    )
    space = build_space(ESMMSpec(), grains={"pages": grain})
    assert space.chains == {"back": ("click", "buy", "back"), "buy": ("click", "buy")}
    assert [task for task in grain.tasks if space.reaches(task)] == ["click", "buy"]


def test_labels_that_never_meet_are_refused(label_batch):
    batch = label_batch({"click": [0, 1, NAN], "cart": [NAN, NAN, 1]})
    with pytest.raises(LabelError, match=r"'cart' cannot learn over the entire space.*click"):
        ESMM({"cart": ("click", "cart")}).fit_prior(batch)


def test_what_was_fitted_survives_a_state_dict(funnel_batch):
    fitted, loaded = ESMM(CHAINS), ESMM(CHAINS)
    fitted.fit_prior(funnel_batch(RATES, 500, lost=0.3))
    loaded.load_state_dict(fitted.state_dict())
    for task in CHAINS:
        assert loaded.of(task).unit == fitted.of(task).unit != 1
        assert loaded.of(task).known == fitted.of(task).known != 1
