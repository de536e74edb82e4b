"""A cache on disk of slow results, by a key made from all that they depend on."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, final

import pyarrow as pa

from banian.storage import is_whole, new_folder, reason_of, settled, write_sums
from banian.workflows.progress import Announce

_Value = TypeVar("_Value")


@final
class Cache:
    """Folders named by kind and key, each written atomically and held against its sums when read.

    The key is made from all that the content depends on, so that a stale folder is never found.

    Args:
        folder: Where the folders lie.
        key: Checksum of all that the content depends on.
        announce: Is told when something is read from the cache, or cannot be written.

    """

    def __init__(self, folder: Path, key: str, announce: Announce) -> None:
        self._folder, self._key, self._announce = folder, key, announce

    def get_or_make(
        self,
        kind: str,
        make: Callable[[], _Value],
        save: Callable[[_Value, Path], None],
        load: Callable[[Path], _Value],
    ) -> _Value:
        """Load what was made before from the same, or make, save and load it; a damaged or full disk costs only time.

        What was just saved is loaded, too: memory then holds only as much of it as there is room for.
        """
        place = self._folder / f"{kind}.{self._key}"
        found = settled(place)
        if found.is_dir():
            self._announce(f"reading {kind} from the cache")
            if is_whole(found):
                return load(found)
            self._announce(f"the cached {kind} are damaged and are made anew")
        value = make()
        try:
            with new_folder(place) as partial:
                save(value, partial)
                write_sums(partial)
        except (OSError, pa.ArrowException) as error:
            self._announce(f"no cache of {kind}: {reason_of(error)}")
            return value
        return load(settled(place))


@final
@dataclass(frozen=True)
class CacheEntry:
    """One folder of a cache."""

    kind: str
    """What it holds: `examples`, or `batches-` and a phase."""
    key: str
    """Checksum of all that it depends on."""
    size: int
    """Bytes."""
    made_at: str
    """When it was made, ISO 8601 in UTC."""

    def to_dict(self) -> dict[str, str | int]:
        """Give the fields as plain values."""
        return dict(vars(self))


def list_cache(run: Path) -> list[CacheEntry]:
    """List what the cache of a run holds, the newest last."""
    places = [path for path in cache_folder(run).glob("*.*") if not path.name.startswith(".")]
    return [_entry(place) for place in sorted(places, key=lambda place: place.stat().st_mtime_ns)]


def clear_cache(run: Path) -> None:
    """Remove the cache of a run; it is made again when it is needed."""
    shutil.rmtree(cache_folder(run), ignore_errors=True)


def cache_folder(run: Path) -> Path:
    """Say where a run keeps its cache."""
    return run / "cache"


def _entry(place: Path) -> CacheEntry:
    kind, key = place.name.rsplit(".", 1)
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    made = datetime.fromtimestamp(place.stat().st_mtime, UTC)
    return CacheEntry(kind, key, size, made.isoformat(timespec="seconds"))
