"""A bundle as graphs in ONNX, which answer without torch's networks: written once, loaded whenever they are served."""

from banian.export.files import GRAPHS as GRAPHS
from banian.export.files import Manifest as Manifest
from banian.export.files import Precision as Precision
from banian.export.files import check_graphs as check_graphs
from banian.export.graph_network import EncodedNetwork as EncodedNetwork
from banian.export.graph_network import GraphNetwork as GraphNetwork
from banian.export.load import load_graphs as load_graphs
from banian.export.load import put_graphs as put_graphs
from banian.export.write import write_graphs as write_graphs
