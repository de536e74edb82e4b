"""Lets tests share the encoder that counts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
