"""The rows that were set aside lie in the engine that set them aside, also where there are none."""

from collections.abc import Callable
from typing import Any

import ibis


def test_an_empty_quarantine_needs_no_engine_of_its_own(read: Callable[..., Any], monkeypatch):
    monkeypatch.setattr(ibis.options, "default_backend", None)
    assert read("x,y\n1,2\n").quarantine() == []
    assert ibis.options.default_backend is None
