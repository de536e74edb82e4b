"""From a module to a graph in ONNX that takes any number of rows.

Nothing is rearranged: parameters keep their names, so that one trace serves every network of the same architecture
(`fill_graph`). Whatever runs a graph rearranges it when it loads it.
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from banian.batches import Batch, Fields
from banian.export.graph import Graph, prune_graph
from banian.export.inputs import (
    ENTITY,
    SCENE,
    VECTOR,
    carried,
    entity_tensors,
    event_names,
    event_tensors,
    logits_name,
    paths_of,
    vector_name,
)
from banian.export.modules import EntityModule, TailModule
from banian.models import Model

OPSET = 20
Dims = Any  # torch's way to say which axes vary


def trace_entity(module: EntityModule, rows: Batch, fields: Fields) -> Graph:
    """Trace what encodes an entity; `rows` are any few of its grain."""
    tensors = entity_tensors(rows.blocks[module.entity], fields, rows.scene.shape[0])
    axes = tuple({0: torch.export.Dim.DYNAMIC} for _ in tensors)
    return trace_module(module, tensors, axes, inputs=ENTITY, outputs=[VECTOR])


def trace_tail(
    module: TailModule, rows: Batch, vectors: Sequence[Tensor], fields: dict[str, Fields]
) -> Graph:
    """Trace what goes on from the vectors of these rows' entities."""
    row = {0: torch.export.Dim.DYNAMIC}
    events = event_tensors(rows, module.paths, fields)
    axes = (row, [row for _ in vectors], [tuple(row for _ in found) for found in events])
    names = [SCENE, *(vector_name(at) for at in range(len(vectors)))]
    names += [name for at in range(len(events)) for name in event_names(at)]
    given = (rows.scene, [*vectors], events)
    return trace_module(
        module,
        given,
        axes,
        inputs=names,
        outputs=[logits_name(at) for at in range(len(module.tasks))],
    )


def tail_module(model: Model, grain: str, tasks: Sequence[str]) -> TailModule:
    """Make what goes on from the vectors of a grain's entities to logits."""
    paths, entities = paths_of(model, grain), carried(model, grain)
    return TailModule(model, grain, entities=entities, tasks=tasks, paths=paths)


@torch.no_grad()
def trace_module(
    module: nn.Module,
    given: tuple[Any, ...],
    axes: Dims,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> Graph:
    """Trace a module.

    Args:
        module: What takes tensors and gives tensors.
        given: An example of them, lists of tensors among them; no axis that varies has length 0 or 1.
        axes: In the same structure, which axes vary.
        inputs: Names of the tensors, in their order.
        outputs: Names of the results.

    """
    module.eval()
    module(*given)  # fills caches with tensors of this pass, not with those of a trace
    with _quiet():
        exported = torch.export.export(module, given, dynamic_shapes=axes, strict=False)
        program = torch.onnx.export(
            exported,
            given,
            input_names=[*inputs],
            output_names=[*outputs],
            opset_version=OPSET,
            optimize=False,
            verbose=False,
            dynamo=True,
        )
    assert program is not None
    found = program.model_proto
    del found.graph.value_info[:]
    prune_graph(found)
    _forget_traces(found)
    return found


def _forget_traces(graph: Graph) -> None:
    """Leave out what the exporter notes beside each operation: lines of code, and the folders in which they lie."""
    whole = graph.graph
    for part in (graph, whole, *whole.node, *whole.initializer, *whole.input, *whole.output):
        del part.metadata_props[:]
        part.ClearField("doc_string")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what the exporter says of packages that are not needed, and of its own future."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)
