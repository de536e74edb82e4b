"""Weights of 8 bits: a quarter of the room, and refused where they cost a task too much."""

import math

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from banian.errors import RunError
from banian.evaluation import TaskScore
from banian.export.quantize import quantize_graph
from banian.workflows import export as workflow

DRAW = np.random.default_rng(0)
WEIGHT, X = DRAW.normal(size=(32, 64)).astype("f4"), DRAW.normal(size=(5, 64)).astype("f4")


def make_graph() -> onnx.ModelProto:
    """A product with weights that are turned around first, on rows that are turned around as well."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["down"], perm=[1, 0]),
        helper.make_node("Transpose", ["down"], ["rows"], perm=[1, 0]),
        helper.make_node("Identity", ["weight"], ["same"]),
        helper.make_node("Gemm", ["rows", "same"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["row", 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["row", 32])],
        [numpy_helper.from_array(WEIGHT, "weight")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def test_a_product_takes_a_quarter_of_the_room_and_changes_little():
    small = quantize_graph(make_graph())
    held = sum(len(tensor.raw_data) for tensor in small.graph.initializer)
    assert held < WEIGHT.nbytes / 3.5
    (found,) = onnxruntime.InferenceSession(small.SerializeToString()).run(None, {"x": X})
    expected = X @ WEIGHT.T
    assert 0 < np.abs(found - expected).max() < 0.05 * np.abs(expected).max()


def score(metric: str, value: float) -> TaskScore:
    kind = "binary" if metric == "auc" else "amount"
    return TaskScore(kind, metric, value, (math.nan, math.nan), 0.5, None, 9, None, {})


@pytest.mark.parametrize(
    ("metric", "before", "after", "loss"),
    [
        ("auc", 0.8, 0.76, 0.05),
        ("auc", 0.8, 0.84, -0.05),
        ("mae", 10.0, 11.0, 0.1),
        ("mae", 0, 2, 2),
    ],
)
def test_a_loss_is_the_share_of_its_metric_by_which_a_task_is_worse(metric, before, after, loss):
    assert workflow.lost_share(score(metric, before), score(metric, after)) == pytest.approx(loss)


def test_a_task_that_loses_too_much_is_named():
    workflow.refuse_losses({"click": 0.009, "spend": -0.2}, 0.01)
    with pytest.raises(RunError, match=r"more than 1\.00% of the metric: spend 2\.00%"):
        workflow.refuse_losses({"click": 0.009, "spend": 0.02}, 0.01)


def test_rounding_without_tables_to_measure_it_on_is_refused(tmp_path):
    with pytest.raises(RunError, match="there are no tables") as refused:
        workflow.export(tmp_path, int8=True)
    assert "--data" in str(refused.value)
