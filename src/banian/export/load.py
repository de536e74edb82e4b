"""A bundle that answers by graphs, in the place of its networks."""

from dataclasses import replace
from pathlib import Path

from banian.bundle import Bundle
from banian.export.files import GRAPHS, JOINT, Manifest, check_graphs, folder_of_twin
from banian.export.graph_network import GraphNetwork
from banian.storage import BUNDLE, settled


def load_graphs(bundle: Bundle, run: Path) -> Bundle:
    """Put the graphs of a run in the place of the networks of its bundle; trees stay.

    Raises:
        BundleError: there are no graphs, they are not whole, or they were made from another bundle.
        DependencyError: the extra `serve` is not installed.

    """
    folder = settled(run / GRAPHS)
    return put_graphs(bundle, folder, check_graphs(folder, run / BUNDLE))


def put_graphs(bundle: Bundle, folder: Path, found: Manifest) -> Bundle:
    """Put graphs in the place of the networks that they were made from."""
    twins = {
        task: GraphNetwork.load(bundle.twins[task], folder_of_twin(folder, task), files)
        for task, files in found.twins.items()
    }
    joint = GraphNetwork.load(bundle.joint, folder / JOINT, found.joint)
    return replace(bundle, joint=joint, twins={**bundle.twins, **twins})
