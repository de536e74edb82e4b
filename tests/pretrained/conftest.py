"""Lets tests share an encoder that counts and models that are tiny."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def library():
    """Give the library transformers, told not to draw bars."""
    found = pytest.importorskip("transformers", reason="the extra text is not installed")
    found.utils.logging.disable_progress_bar()
    found.utils.logging.set_verbosity_error()
    return found
