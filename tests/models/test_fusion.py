import pytest
import torch
import torch.nn.functional as F

from banian.models.fusion import Fusion

GRAINS = [{"clicks": 1, "kind": 3, "spend": 1}, {"alone": 1}]
ROWS = 7


def draw(seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    widths = {task: width for grain in GRAINS for task, width in grain.items()}
    return {task: torch.randn(ROWS, width, generator=generator) for task, width in widths.items()}


@pytest.fixture
def fusion() -> Fusion:
    torch.manual_seed(0)
    return Fusion(GRAINS)


@pytest.fixture
def live(fusion) -> Fusion:
    for parameter in fusion.parameters():
        torch.nn.init.normal_(parameter)
    return fusion


def test_is_the_identity_at_first(fusion):
    logits = draw()
    fused = fusion(logits, tuple(logits))
    assert all(torch.equal(fused[task], logits[task]) for task in logits)


def test_is_a_perceptron_on_the_logits_of_the_others_in_the_order_of_their_names(live):
    logits = draw()
    first, _, last = live.receivers["of_kind"]
    said = torch.cat([logits["clicks"], logits["spend"]], dim=1).double()
    hidden = (said @ first.weight.double().T + first.bias.double()).clamp(min=0)
    expected = logits["kind"] + hidden @ last.weight.double().T
    torch.testing.assert_close(live(logits, ["kind"])["kind"].double(), expected, atol=1e-5, rtol=0)


def test_a_task_hears_the_others_of_its_grain_and_nobody_else(live):
    before, after = draw(), draw()
    after["spend"] = after["spend"] + 1
    told = {
        task
        for task in before
        if not torch.equal(live(before, before)[task], live(after, after)[task])
    }
    assert told == {"clicks", "kind", "spend"}
    after = draw() | {"alone": torch.ones(ROWS, 1)}
    fused = live(after, after)
    assert torch.equal(fused["alone"], after["alone"])
    assert all(torch.equal(fused[t], live(before, before)[t]) for t in GRAINS[0])


def test_which_other_tasks_are_asked_does_not_matter(live):
    """The givers are needed all the same."""
    logits = draw()
    assert live.needed(["kind"]) == ("kind", "clicks", "spend")
    assert live.needed(["alone"]) == ("alone",)
    together = live(logits, tuple(GRAINS[0]))
    alone = live({task: logits[task] for task in live.needed(["kind"])}, ["kind"])
    assert list(alone) == ["kind"]
    assert torch.equal(alone["kind"], together["kind"])


def test_what_a_task_says_is_its_own_business(live):
    """A receiver's loss trains what it makes of the giver's logits, not the logits."""
    logits = {task: logit.requires_grad_() for task, logit in draw().items()}
    live(logits, ["kind"])["kind"].square().sum().backward()
    assert logits["kind"].grad.any()
    assert logits["clicks"].grad is None
    assert logits["spend"].grad is None
    own = {id(parameter) for parameter in live.task_parameters("kind")}
    assert own
    for parameter in live.parameters():
        assert (parameter.grad is not None and parameter.grad.any()) == (id(parameter) in own)


def test_without_grains_it_holds_nothing():
    fusion, logits = Fusion([]), draw()
    assert not list(fusion.parameters())
    assert fusion.needed(["kind"]) == ("kind",)
    assert fusion(logits, ["kind"])["kind"] is logits["kind"]


def test_a_task_learns_from_what_another_says():
    """Here the one is likely where the other is neither likely nor unlikely; its own logit knows nothing."""
    torch.manual_seed(0)
    fusion = Fusion([{"giver": 1, "receiver": 1}])
    said = torch.randn(400, 1, generator=torch.Generator().manual_seed(1)) * 2
    label = (said[:, 0].abs() < 1.3).float()
    logits = {"giver": said, "receiver": torch.zeros(400, 1)}
    optimizer = torch.optim.Adam(fusion.parameters(), lr=0.05)

    def loss():
        logit = fusion(logits, ["receiver"])["receiver"][:, 0]
        return F.binary_cross_entropy_with_logits(logit, label)

    at_first = loss().item()
    assert at_first == pytest.approx(torch.log(torch.tensor(2.0)).item())
    for _ in range(150):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    assert loss().item() < 0.2 * at_first
