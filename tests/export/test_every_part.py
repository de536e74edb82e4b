"""Every sharing, scene, encoder of numbers and of histories in a graph, held against torch.

But for those of the network in `test_written_graphs.py`: MMoE, STAR of full rank, AITM, numbers as lines.
"""

from collections.abc import Sequence

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from banian.batches import Block, CategoryPart, Fields, NumberPart
from banian.export.trace import trace_module
from banian.models.batch_ensemble import MemberInput
from banian.models.encoders.histories import build_history
from banian.models.encoders.numbers import build_numbers
from banian.models.scenes import build_scene_input, build_tower_layer
from banian.models.sharing import AdaptedSharing, build_sharing
from banian.spec import (
    AttentionSpec,
    CrossStitchSpec,
    LatentVariableSpec,
    PEPNetSpec,
    PeriodicNumbersSpec,
    PLESpec,
    SceneTowersSpec,
    SharedBottomSpec,
    STARSpec,
    STEMSpec,
    TaskAttentionSpec,
    TransformerSpec,
)

TASKS, DIM, WIDTH, SCENES = ("a", "b"), 12, 4, 5
SHARINGS = [
    SharedBottomSpec(width=WIDTH, members=2),
    PLESpec(width=WIDTH, layers=1),
    CrossStitchSpec(width=WIDTH, layers=1),
    TaskAttentionSpec(width=WIDTH, blocks=1),
    STEMSpec(width=WIDTH),
    LatentVariableSpec(width=WIDTH),
]
LAYERS = [
    PEPNetSpec(),
    STARSpec(rank=2),
    SceneTowersSpec(),
    SceneTowersSpec(rank=2),
]
NUMBERS = Fields(numeric=3, specials=4, vocabulary_sizes=())
NAMES = ("values", "codes", "present", "x", "scene")


class EveryPart(nn.Module):
    """Gives what each part makes of the same input, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.sharings = nn.ModuleList()
        for spec in SHARINGS:
            dim = (
                DIM // 3 if isinstance(spec, STEMSpec) else DIM
            )  # a view of all, and one for each task
            sharing = build_sharing(spec, dim=dim, tasks=TASKS, dropout=0.1)
            spread = MemberInput(DIM, members=spec.members) if spec.members > 1 else nn.Identity()
            self.sharings.append(nn.Sequential(spread, sharing))
        adapted = build_sharing(SharedBottomSpec(width=WIDTH), dim=DIM, tasks=TASKS, dropout=0.1)
        self.sharings.append(AdaptedSharing(adapted, tasks=TASKS, rank=2))
        self.scene_input = build_scene_input(PEPNetSpec(), dim=DIM, scenes=SCENES)
        self.layers = nn.ModuleList(
            build_tower_layer(spec, dim=DIM, width=WIDTH, dropout=0.1, scenes=SCENES)
            for spec in LAYERS
        )
        self.numbers = build_numbers(PeriodicNumbersSpec(), NUMBERS)
        readers = AttentionSpec(steps=3, width=4), TransformerSpec(steps=3, width=4)
        self.histories = nn.ModuleList(build_history(spec, dropout=0.1) for spec in readers)

    def forward(self, values, codes, present, x, scene) -> tuple[Tensor, ...]:
        block = Block((NumberPart(values, codes), CategoryPart(codes[:, :0].int())), present)
        shared = [sharing(x) for sharing in self.sharings]
        found = [*shared, self.scene_input(x, scene)]
        found += [layer(x, scene) for layer in self.layers]
        found.append(self.numbers(block, self.numbers.prepare(block)))
        events, there = x.unflatten(1, (3, 4)), torch.arange(3) < scene.unsqueeze(1)
        found += [history(x[:, :4], events, there) for history in self.histories]
        return tuple(found)


def draw(rows: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(rows)
    present = torch.rand(rows, generator=generator) < 0.8
    codes = torch.randint(4, (rows, 3), generator=generator)
    values = torch.randint(2**15 - 1, (rows, 3, 2), generator=generator)
    return (
        (values * (codes == 0).unsqueeze(2)).to(torch.int16),
        codes.to(torch.int8),
        present,
        torch.randn(rows, DIM, generator=generator),
        torch.randint(SCENES, (rows,), generator=generator),
    )


@pytest.fixture(scope="module")
def parts() -> EveryPart:
    torch.manual_seed(0)
    made = EveryPart().eval()
    with torch.no_grad():
        for parameter in made.parameters():  # what starts without effect gets one
            parameter.add_(torch.randn_like(parameter) / 5)
    return made


@pytest.fixture(scope="module")
def outputs(parts) -> int:
    return len(parts(*draw(2)))


@pytest.fixture(scope="module")
def session(parts, outputs, tracing) -> onnxruntime.InferenceSession:
    axes = tuple({0: torch.export.Dim.DYNAMIC} for _ in NAMES)
    names: Sequence[str] = [str(at) for at in range(outputs)]
    with tracing():
        graph = trace_module(parts, draw(3), axes, inputs=NAMES, outputs=names)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph.SerializeToString(), options)


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_a_graph_computes_what_each_part_does_for_any_number_of_rows(rows, parts, session):
    given = draw(rows)
    with torch.no_grad():
        expected = parts(*given)
    found = session.run(None, {n: t.numpy() for n, t in zip(NAMES, given, strict=True)})
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=0, atol=3e-6 * other.abs().max().item())
