"""What it loads to answer a row: seen from a fresh interpreter, for the import contract does not see functions run."""

import pickle
import subprocess
import sys

import numpy as np

_ANSWER = """
import pickle, sys
from banian.bundle import load_bundle
from banian.inference import predict_rows
bundle = load_bundle(sys.argv[1])
rows = pickle.loads(open(sys.argv[2], "rb").read())
assert [len(said) for said in predict_rows(bundle, rows).values()] == [1]
print(*sys.modules)
"""


def test_to_answer_a_row_loads_no_engine_and_nothing_that_trains(saved, examples, tmp_path):
    one = tmp_path / "row"
    people = examples.grains["people"]
    asked = np.flatnonzero(people.asked[:, 0])[:1]
    one.write_bytes(pickle.dumps(people.take(asked)))
    said = subprocess.run(
        [sys.executable, "-c", _ANSWER, str(saved), str(one)],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = set(said.stdout.split())
    assert "banian.inference" in loaded
    outside = {"ibis", "duckdb", "pyspark", "lightgbm", "matplotlib", "altair", "torchjd"}
    ours = {"tables", "balancing", "leakage", "training", "selection", "report", "workflows", "cli"}
    assert loaded.isdisjoint(outside | {f"banian.{name}" for name in ours})
