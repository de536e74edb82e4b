"""One JSON object per line, as a run writes its log."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the objects; none where there is no file, and none of a line that was torn when its writer was killed."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return []
    objects = []
    for line in lines:
        with suppress(ValueError):
            read = json.loads(line)
            if isinstance(read, dict):
                objects.append(read)
    return objects
