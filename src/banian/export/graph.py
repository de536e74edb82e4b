"""A graph in ONNX as a value: weights exchanged, what nobody asks for left out, large tensors in a file beside it."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, final

from torch import Tensor

from banian.extra import import_extra

Graph = Any
"""An `onnx.ModelProto`, whose package not everybody has."""
_INLINE = 1024  # bytes up to which a tensor stays in its graph
_ALIGNED = 64


def fill_graph(graph: Graph, weights: Mapping[str, Tensor], outputs: Sequence[str]) -> Graph:
    """Give a copy of a graph with the weights of another network of the same architecture, and only these outputs."""
    onnx = import_extra("serve", "onnx")
    found = onnx.ModelProto()
    found.CopyFrom(graph)
    kept = [output for output in found.graph.output if output.name in outputs]
    del found.graph.output[:]
    found.graph.output.extend(kept)
    prune_graph(found)
    for tensor in found.graph.initializer:
        if tensor.name in weights:
            values = weights[tensor.name].detach().numpy()
            assert tuple(tensor.dims) == values.shape
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    return found


def prune_graph(graph: Graph) -> None:
    """Leave out operations and weights on which no output depends, in place; inputs stay."""
    needed = {output.name for output in graph.graph.output}
    kept = []
    for node in reversed(graph.graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    weights = [tensor for tensor in graph.graph.initializer if tensor.name in needed]
    nodes = [*reversed(kept)]
    copies = [type(one)() for one in (*nodes, *weights)]
    for copy, one in zip(copies, (*nodes, *weights), strict=True):
        copy.CopyFrom(one)
    del graph.graph.node[:]
    del graph.graph.initializer[:]
    graph.graph.node.extend(copies[: len(nodes)])
    graph.graph.initializer.extend(copies[len(nodes) :])


@final
class WeightsFile:
    """The larger tensors of several graphs, each once, however many graphs have it.

    Args:
        path: The file; the graphs have to lie beside it.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[bytes, int] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> "WeightsFile":
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._file is not None
        self._file.close()

    def write_graph(self, graph: Graph, path: Path) -> None:
        """Move the larger tensors of a graph here, and write what is left of it."""
        onnx = import_extra("serve", "onnx")
        for tensor in graph.graph.initializer:
            if len(tensor.raw_data) > _INLINE:
                place = self._add(tensor.raw_data)
                onnx.external_data_helper.set_external_data(
                    tensor, self._path.name, place, len(tensor.raw_data)
                )
                tensor.ClearField("raw_data")
        path.write_bytes(graph.SerializeToString())

    def _add(self, values: bytes) -> int:
        assert self._file is not None
        key = hashlib.sha256(values).digest()
        if key not in self._places:
            self._file.write(bytes(-self._file.tell() % _ALIGNED))
            self._places[key] = self._file.tell()
            self._file.write(values)
        return self._places[key]
