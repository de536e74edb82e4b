"""What a service and its client load, seen from a fresh interpreter."""

import subprocess
import sys


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(said.stdout.split())


def test_a_service_loads_no_engine_no_trees_and_nothing_that_trains():
    loaded = loaded_by("import banian.serving.app, banian.serving.run")
    assert "banian.serving.batching" in loaded
    outside = {"ibis", "duckdb", "pyspark", "lightgbm", "altair", "torchjd"}
    ours = ("tables", "balancing", "leakage", "training", "selection", "report", "workflows", "cli")
    assert loaded.isdisjoint(outside | {f"banian.{name}" for name in ours})


def test_a_client_loads_neither_torch_nor_arrow_nor_a_web_framework():
    loaded = loaded_by("import banian; banian.Client('http://127.0.0.1:1')")
    assert loaded.isdisjoint({"torch", "numpy", "pyarrow", "fastapi", "starlette", "httpx"})
