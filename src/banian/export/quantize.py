"""Weights in 8 bits, numbers between them rounded as they come (dynamic quantisation)."""

import tempfile
from pathlib import Path

from banian.export.graph import Graph
from banian.extra import import_extra


def quantize_graph(graph: Graph) -> Graph:
    """Give a graph whose products of matrices and tables have weights of 8 bits; what has none stays as it is."""
    onnx = import_extra("serve", "onnx")
    quantization = import_extra("serve", "onnxruntime.quantization")
    with tempfile.TemporaryDirectory() as place:
        whole, small = Path(place) / "whole.onnx", Path(place) / "small.onnx"
        whole.write_bytes(_fold(graph, Path(place)).SerializeToString())
        quantization.quantize_dynamic(
            str(whole), str(small), weight_type=quantization.QuantType.QInt8
        )
        return onnx.load(str(small))


def _fold(graph: Graph, place: Path) -> Graph:
    """Compute what depends on weights alone, so that each product has one whole matrix of them."""
    onnx, runtime = import_extra("serve", "onnx"), import_extra("serve", "onnxruntime")
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(place / "folded.onnx")
    options.log_severity_level = 3
    runtime.InferenceSession(
        graph.SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=[
            "GemmTransposeFusion"
        ],  # a product that turns its input around is not quantised
    )
    found = onnx.load(options.optimized_model_filepath)
    del found.graph.value_info[:]
    return found
