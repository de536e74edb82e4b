"""RUN/graphs: every network of a bundle as graphs, all of them or nothing, tried before they are put in place."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import torch

from banian.bundle import Bundle
from banian.errors import BundleError
from banian.export.files import JOINT, Manifest, NetworkFiles, Precision, folder_of_twin
from banian.export.graph import Graph
from banian.export.graph_network import GraphNetwork
from banian.export.network import NetworkWriter, draw_grain
from banian.export.quantize import quantize_graph
from banian.export.trace import OPSET
from banian.extra import import_extra
from banian.models import AbstractNetwork
from banian.storage import BUNDLE, read_sums, settled

_TRIED = 1, 7, 64
_FARTHEST = 1e-4
"""Of the largest output: a graph of float32 that is farther from its network was traced wrongly."""
_PACKAGES = ("banian", "torch", "onnx", "onnxruntime")


def write_graphs(
    bundle: Bundle,
    run: Path,
    folder: Path,
    announce: Callable[[str], None],
    *,
    precision: Precision,
) -> Manifest:
    """Write the graphs of all networks that answer tasks of a bundle into an empty folder.

    Args:
        bundle: The bundle of the run.
        run: The folder of the run.
        folder: Where to write.
        announce: What is told of each graph.
        precision: How weights are stored.

    Raises:
        DependencyError: the extra `serve` is not installed.
        BundleError: networks read texts; or a graph of float32 does not answer as its network does.

    """
    for package in ("onnx", "onnxruntime", "onnxscript"):
        import_extra("serve", package)
    texts = [
        f"{entity}.{name}"
        for network in (bundle.joint, *bundle.twins.values())
        for entity, fields in network.features.fields.items()
        for name in fields.texts
    ]
    if texts:
        raise BundleError(
            f"The networks read texts ({', '.join(sorted(set(texts))[:5])}), of which no graph is made yet.",
            remedy="Serve without graphs: the networks answer. Or fit without texts: model: {text: none}.",
        )
    change = quantize_graph if precision == "int8" else _as_it_is
    errors = []

    def write(network: AbstractNetwork, tasks: list[str], place: Path) -> NetworkFiles:
        files = NetworkWriter(network, place, change, announce).write(tasks)
        errors.append(_try(network, place, files))
        if precision == "float32" and not errors[-1] <= _FARTHEST:
            raise BundleError(
                f"The graphs of {place.name} differ from their network by {errors[-1]:.1g} of the largest logit.",
                remedy="Serve without graphs, and tell us which versions of torch and onnxscript are installed.",
            )
        return files

    answering = {task: bundle.predictors.get(task, ("joint",)) for task in bundle.spec.tasks}
    of_joint = [task for task, found in answering.items() if "joint" in found]
    of_twins = [task for task, found in answering.items() if "twin" in found]
    joint = write(bundle.joint, of_joint, folder / JOINT)
    twins = {
        task: write(bundle.twins[task], [task], folder_of_twin(folder, task)) for task in of_twins
    }
    return Manifest(
        bundle=read_sums(settled(run / BUNDLE)),
        precision=precision,
        opset=OPSET,
        versions={name: version(name) for name in _PACKAGES},
        joint=joint,
        twins=twins,
        largest_error=max(errors),
    )


def _as_it_is(graph: Graph) -> Graph:
    return graph


@torch.inference_mode()
def _try(network: AbstractNetwork, folder: Path, files: NetworkFiles) -> float:
    """Compare graphs with their network on rows at random: the largest difference of logits, as a share of them."""
    found, worst = GraphNetwork.load(network, folder, files), 0.0
    for grain, sets in found.sets.items():
        for one in sets:
            for rows in _TRIED:
                batch = draw_grain(network, grain, rows=rows, seed=rows)
                vectors = {
                    name: one.encode(name, batch.blocks[name], rows) for name in one.entities
                }
                expected = network.members[one.member](batch)
                for task, logits in one.tell(batch, vectors).items():
                    size = max(expected[task].abs().max().item(), 1.0)
                    worst = max(worst, (logits - expected[task]).abs().max().item() / size)
    return worst
