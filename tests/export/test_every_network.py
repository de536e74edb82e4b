"""Networks of every sharing × scenes × dependence as graphs, held against themselves; in `make test-long` alone."""

from itertools import product

import onnxruntime
import pytest
import torch
from hypothesis import settings

from banian.batches import Batch
from banian.export import GraphNetwork
from banian.export.inputs import SCENE, carried, entity_tensors, vector_name
from banian.export.modules import EntityModule
from banian.export.network import draw_grain
from banian.export.trace import tail_module, trace_tail
from banian.models import predict_values
from banian.spec import (
    AdaptersSpec,
    AITMSpec,
    AttentionSpec,
    CrossStitchSpec,
    ESMMSpec,
    IdsSpec,
    LatentVariableSpec,
    MMoESpec,
    ModelSpec,
    NoDependenceSpec,
    NoScenesSpec,
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

WIDTHS = {"entity_width": 6, "private_width": 4, "tower_width": 4, "dropout": 0.0}
SHARINGS = [
    SharedBottomSpec(width=6),
    SharedBottomSpec(width=6, members=2),
    MMoESpec(width=6, experts=2),
    PLESpec(width=6, layers=2),
    CrossStitchSpec(width=6),
    TaskAttentionSpec(width=6),
    STEMSpec(width=6),
    LatentVariableSpec(width=6),
]
SCENES = [
    NoScenesSpec(),
    PEPNetSpec(),
    STARSpec(),
    STARSpec(rank=2),
    SceneTowersSpec(),
    SceneTowersSpec(rank=2),
]
DEPENDENCES = [NoDependenceSpec(), AITMSpec(), ESMMSpec()]
PRODUCT = [
    {"sharing": sharing, "scenes": scenes, "dependence": dependence}
    for sharing, scenes, dependence in product(SHARINGS, SCENES, DEPENDENCES)
]
MORE: list[dict[str, object]] = [
    {"pairs": 4, "fusion": True, "sequences": AttentionSpec(steps=3, width=4)},
    {"ids": IdsSpec(width=4), "sequences": TransformerSpec(steps=3, width=4)},
    {"sharing": STEMSpec(width=6), "numbers": PeriodicNumbersSpec()},
    {"sharing": MMoESpec(width=6, members=2), "adapters": AdaptersSpec()},
]
"""What stands beside a sharing, scenes and a dependence."""
IS_LONG = settings.get_current_profile_name() == "long"


def without(batch: Batch, entity: str) -> Batch:
    """Rows of which none has an entity, and no event of it."""
    blocks = {name: block for name, block in batch.blocks.items() if name != entity}
    return Batch(
        batch.grain, batch.tasks, blocks, batch.scene, batch.level, batch.label, batch.mask
    )


@pytest.mark.skipif(not IS_LONG, reason="minutes: test_every_part.py traces each part once")
@pytest.mark.parametrize("changes", [{}, *MORE])
def test_graphs_answer_rows_of_any_number_as_their_network_does(
    changes, make_network, write, tmp_path
):
    network = make_network(ModelSpec(**WIDTHS, **changes))
    files = write(network, tmp_path / "joint")
    graphs = GraphNetwork.load(network, tmp_path / "joint", files)
    assert [one.tasks for one in graphs.sets["pages"]] == [
        ("buy", "click"),
        ("buy", "click", "spend"),
    ]
    batches = [draw_grain(network, "pages", rows=rows, seed=rows) for rows in (1, 7, 64)]
    for batch in (*batches, without(batches[1], "customers")):
        for place, member in enumerate(network.members):
            expected, found = (
                predict_values(member, batch),
                graphs.answer(place, batch, graphs.sets["pages"][place].tasks),
            )
            for task, values in found.items():
                farthest = 3e-6 * max(abs(expected[task]).max(), 1e-30) if task == "spend" else 1e-6
                torch.testing.assert_close(
                    torch.from_numpy(values),
                    torch.from_numpy(expected[task]),
                    rtol=0,
                    atol=float(farthest),
                )


@pytest.mark.skipif(not IS_LONG, reason="minutes: test_every_part.py traces each part once")
@pytest.mark.parametrize("changes", PRODUCT if IS_LONG else [{}])
def test_a_tail_goes_on_from_vectors_to_the_logits_of_every_network(changes, make_network, tracing):
    """Entities are encoded alike whatever follows: their graphs are traced above."""
    network = make_network(ModelSpec(**WIDTHS, **changes), members=1)
    (model,), tasks = network.members, tuple(network.grains["pages"].tasks)
    fields, entities = network.features.fields, carried(model, "pages")
    modules = [EntityModule(model, "pages", entity) for entity in entities]
    tail = tail_module(model, "pages", tasks)

    def encode(rows: int) -> tuple[Batch, list[torch.Tensor]]:
        batch = draw_grain(network, "pages", rows=rows, seed=rows)
        tensors = [entity_tensors(batch.blocks[one], fields[one], rows) for one in entities]
        with torch.no_grad():
            return batch, [one(*given) for one, given in zip(modules, tensors, strict=True)]

    with tracing():
        graph = trace_tail(tail, *encode(3), fields)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
    for rows in (1, 7, 64):
        batch, vectors = encode(rows)
        feeds = {vector_name(at): vector.numpy() for at, vector in enumerate(vectors)}
        feeds = {SCENE: batch.scene.numpy(), **feeds}
        taken = {one.name: feeds[one.name] for one in session.get_inputs()}
        with torch.no_grad():
            expected = model(batch)
        for task, found in zip(tasks, session.run(None, taken), strict=True):
            size = max(1.0, expected[task].abs().max().item())
            torch.testing.assert_close(
                torch.from_numpy(found), expected[task], rtol=0, atol=3e-6 * size
            )
