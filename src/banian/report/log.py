"""The events that a training wrote down."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


def read_log(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Read one JSON object per line; a line that was torn when the run was killed is left out."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()  # a run without a log is a run all the same
    events = []
    for line in lines:
        with suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict):
                events.append(event)
    return tuple(events)
