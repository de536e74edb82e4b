"""Benchmarks are scripts: what they import lies beside them."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.append(str(HERE.parents[1] / "benchmarks"))  # last: its scripts have plain names
