"""The parts of a store as they are read, each over all segments."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, assert_never, final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from banian.features.store_index import Segment, StoredPart, StoreIndex, damaged
from banian.features.stored_keys import Keys
from banian.features.stored_layers import Held, StoredLayers
from banian.features.stored_rows import StoredRows
from banian.features.stored_track import StoredTrack
from banian.features.stored_windows import StoredWindows
from banian.storage import reason_of

Place = TypeVar("Place")
"""What names a part among those of its kind."""


@final
@dataclass(frozen=True)
class StoredParts:
    """What a store holds.

    Args:
        attributes: entity → the rows of its own table.
        static: entity and path → whether a table without time describes it, and the rows by which it does.
        events: entity, path, and when columns become known → the events.
        windows: what windows read, as `place_of` writes it → the events.
        lookups: table and column → what is looked up.

    """

    attributes: dict[str, StoredLayers[StoredRows]]
    static: dict[tuple[str, str], StoredLayers[tuple[bool, StoredRows]]]
    events: dict[tuple[str, str, str], StoredLayers[StoredTrack]]
    windows: dict[str, StoredLayers[StoredWindows]]
    lookups: dict[tuple[str, str], StoredLayers[StoredRows]]

    def rows_of(self, entity: str) -> dict[object, StoredRows]:
        """Give the rows of all segments that say something of an entity, by what marks them."""
        found = [
            rows for of, own in self.attributes.items() for rows, _ in own.layers if of == entity
        ]
        for (of, _), static in self.static.items():
            found += [rows for rows, _ in static.layers if of == entity]
        for (of, *_), events in self.events.items():
            found += [rows for rows, _ in events.layers if of == entity]
        return {rows.mark: rows for rows in found}

    def knows(self, entity: str, keys: Keys) -> Bool[np.ndarray, " key"]:
        """Say which keys of an entity stand anywhere."""
        found = np.zeros(len(keys), bool)
        seen = [self.attributes[entity].has_rows] if entity in self.attributes else []
        seen += [rows.has_rows for (of, _), rows in self.static.items() if of == entity]
        seen += [rows.has_rows for (of, *_), rows in self.events.items() if of == entity]
        for has_rows in seen:
            if not found.all():
                found |= has_rows(keys)
        return found


def open_rows(folder: Path, segment: Segment, part: int) -> StoredRows:
    """Map the rows of a part of a segment, given by its number, into memory.

    Raises:
        BundleError: they are damaged or not there.

    """
    place = f"{segment.name}/{part}"
    try:
        return StoredRows(folder / place)
    except (OSError, EOFError, ValueError, LookupError, TypeError, pa.ArrowException) as error:
        raise damaged(folder, f"{place} cannot be read: {reason_of(error)}") from None


def open_parts(folder: Path, index: StoreIndex) -> StoredParts:
    """Map the parts of a store into memory.

    Raises:
        BundleError: a part is damaged or is not there; or the store was written anew since its index was read.

    """
    newest_last = (
        (part, open_rows(folder, segment, at))
        for segment in index.segments
        for at, part in enumerate(segment.parts)
    )
    return cover(StoredParts({}, {}, {}, {}, {}), newest_last)


def cover(parts: StoredParts, newer: Iterable[tuple[StoredPart, StoredRows]]) -> StoredParts:
    """Put newer parts, the newest last, before others, which stay what they are."""
    attributes, static, events = dict(parts.attributes), dict(parts.static), dict(parts.events)
    windows, lookups = dict(parts.windows), dict(parts.lookups)
    for part, rows in newer:
        match part.kind:
            case "attributes":
                _put(attributes, part.entity, rows, rows)
            case "static":
                _put(static, (part.entity, part.path), rows, (part.facts["describes"], rows))
            case "events":
                track = StoredTrack(rows, part.facts["columns"])
                _put(events, (part.entity, part.path, part.known), rows, track)
            case "windows":
                read = StoredWindows(rows, part.facts["holds"], part.facts["scale"])
                _put(windows, part.path, rows, read)
            case "lookup":
                _put(lookups, (part.entity, part.path), rows, rows)
            case _:
                assert_never(part.kind)
    return StoredParts(attributes, static, events, windows, lookups)


def _put(
    found: dict[Place, StoredLayers[Held]], place: Place, rows: StoredRows, held: Held
) -> None:
    below = found[place].layers if place in found else ()
    found[place] = StoredLayers([(rows, held), *below])
