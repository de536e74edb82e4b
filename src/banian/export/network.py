"""The graphs of a network: traced once per entity and grain, and filled with the weights of each member."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from banian.batches import Batch
from banian.export.files import WEIGHTS, SetFiles
from banian.export.graph import Graph, WeightsFile, fill_graph
from banian.export.inputs import VECTOR, carried, entity_tensors, logits_name
from banian.export.modules import EntityModule
from banian.export.rows import draw_rows
from banian.export.trace import tail_module, trace_entity, trace_tail
from banian.models import AbstractNetwork, Grain

Change = Callable[[Graph], Graph]
"""What is made of a graph before it is written: nothing, or a smaller one."""
_FEW = 3


@final
@dataclass(frozen=True)
class NetworkWriter:
    """Writes the graphs of a network into a folder of their own.

    Args:
        network: What was fitted.
        folder: A new folder.
        change: What is made of each graph.
        announce: What is told of each graph.

    """

    network: AbstractNetwork
    folder: Path
    change: Change
    announce: Callable[[str], None]

    def write(self, tasks: Sequence[str]) -> dict[str, tuple[SetFiles, ...]]:
        """Write the graphs that it takes to answer these tasks: grain → its weight sets."""
        self.folder.mkdir(parents=True)
        with WeightsFile(self.folder / WEIGHTS) as weights:
            return {
                grain: tuple(self._write_grain(grain, place, asked, weights))
                for place, (grain, found) in enumerate(self.network.grains.items())
                if (asked := tuple(task for task in found.tasks if task in tasks))
            }

    def _write_grain(
        self, grain: str, place: int, asked: Sequence[str], weights: WeightsFile
    ) -> Iterator[SetFiles]:
        members, every = self.network.members, tuple(self.network.grains[grain].tasks)
        traced, tail = self._trace(grain, every)
        for at, member in enumerate(members):
            tasks = tuple(task for task in asked if at in self.network.answering[task])
            if not tasks:
                continue
            files = {}
            for number, (entity, graph) in enumerate(traced.items()):
                files[entity] = f"{place}-{at}-{number}.onnx"
                own = EntityModule(member, grain, entity).state_dict()
                self._write_graph(graph, own, [VECTOR], self.folder / files[entity], weights)
            last, own = f"{place}-{at}-tail.onnx", tail_module(member, grain, every).state_dict()
            outputs = [logits_name(every.index(task)) for task in tasks]
            self._write_graph(tail, own, outputs, self.folder / last, weights)
            yield SetFiles(at, tasks, files, last)

    def _write_graph(
        self,
        graph: Graph,
        own: Mapping[str, Tensor],
        outputs: Sequence[str],
        path: Path,
        weights: WeightsFile,
    ) -> None:
        weights.write_graph(self.change(fill_graph(graph, own, outputs)), path)

    @torch.no_grad()
    def _trace(self, grain: str, tasks: tuple[str, ...]) -> tuple[dict[str, Graph], Graph]:
        """Trace the entities of a grain and its tail, on the first member."""
        model, fields = self.network.members[0], self.network.features.fields
        rows = draw_grain(self.network, grain, rows=_FEW)
        traced, vectors = {}, []
        for entity in carried(model, grain):
            self.announce(f"graph of {grain}: {entity}")
            module = EntityModule(model, grain, entity)
            traced[entity] = trace_entity(module, rows, fields[entity])
            tensors = entity_tensors(rows.blocks[entity], fields[entity], _FEW)
            vectors.append(module(*tensors))
        self.announce(f"graph of {grain}: what follows")
        return traced, trace_tail(tail_module(model, grain, tasks), rows, vectors, fields)


def draw_grain(network: AbstractNetwork, grain: str, *, rows: int, seed: int = 0) -> Batch:
    """Draw rows of a grain of a network."""
    found: Grain = network.grains[grain]
    return draw_rows(
        network.features.fields,
        grain=grain,
        entities=carried(network.members[0], grain),
        tasks=tuple(found.tasks),
        scenes=network.features.scenes.size,
        rows=rows,
        seed=seed,
    )
