"""Lets the tests of this folder import small_shops, the plain module that writes small shops."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
