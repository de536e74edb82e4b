"""Vectors of a frozen encoder, each made once: by hash of the content, in a folder by fingerprint of the encoder."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float32, Int64

from banian.errors import SpecError
from banian.pretrained.base import AbstractFrozenEncoder, Values, content_hash
from banian.pretrained.vector_file import VectorFile
from banian.storage import reason_of

Progress = Callable[[int, int], None]
"""Called with the number of distinct values that have a vector, and how many there are."""
_READ_TOGETHER = 2**14
"""Vectors that are read together, which bounds what is copied."""


def no_progress(done: int, of: int) -> None:
    """Ignore how far it is."""


def _silence(told: str) -> None:
    """Ignore what is told."""


@final
class VectorCache:
    """Encodes what was never encoded before, and remembers it on the disk.

    Several processes may share a folder: they encode in turn, a batch at a time, and each finds what the others made.
    One that is interrupted or killed loses at most the batch that it was at. Where the folder cannot be written, that
    is told, and values are encoded all the same.

    Args:
        folder: where caches lie; that of the encoder is a folder in it.
        encoder: what makes vectors.
        announce: is told in a sentence when vectors on the disk are damaged, or cannot be written.

    """

    def __init__(
        self,
        folder: Path,
        encoder: AbstractFrozenEncoder,
        *,
        announce: Callable[[str], None] = _silence,
    ) -> None:
        self._encoder, self._announce = encoder, announce
        self._file = VectorFile(folder / encoder.fingerprint, encoder.dim, announce)

    def encode(
        self, values: Values, progress: Progress = no_progress
    ) -> Float32[np.ndarray, "value dim"]:
        """Give the vector of each value, whether it was made before or is made now; equal values are encoded once.

        Args:
            values: of the encoder's modality; any of them may come several times.
            progress: is told after each batch.

        Raises:
            SpecError: the encoder makes vectors that are no numbers.

        """
        hashes = [content_hash(value) for value in values]
        places: dict[bytes, int] = {}
        for key in hashes:
            places.setdefault(key, len(places))
        asked = _Asked(places, values, hashes, self._encoder.dim)
        self._file.follow()
        missing = self._read_known(asked, np.arange(len(places)))
        known = len(places) - len(missing)
        progress(known, len(places))
        for done in self._make(asked, missing):
            progress(known + done, len(places))
        if len(places) == len(hashes):
            return asked.vectors
        return asked.vectors[np.fromiter((places[key] for key in hashes), np.int64, len(hashes))]

    def _read_known(
        self, asked: "_Asked", wanted: Int64[np.ndarray, " some"]
    ) -> Int64[np.ndarray, " missing"]:
        """Fill in wanted vectors that are on the disk; give the others."""
        missing = []
        for begin in range(0, len(wanted), _READ_TOGETHER):
            part = wanted[begin : begin + _READ_TOGETHER]
            keys = [asked.keys[at] for at in part.tolist()]
            places = self._file.find(keys)
            known = np.flatnonzero(places >= 0)
            is_there = places >= 0
            if len(known):
                found, is_whole = self._file.read(
                    [keys[at] for at in known.tolist()], places[known]
                )
                asked.vectors[part[known]] = found
                is_there[known] = is_whole
            missing.append(part[~is_there])
        return np.concatenate(missing) if missing else wanted

    def _make(self, asked: "_Asked", missing: Int64[np.ndarray, " missing"]) -> Iterator[int]:
        """Make vectors batch by batch; give how many are done."""
        is_kept = bool(len(missing))
        try:
            for begin in range(0, len(missing), self._encoder.batch):
                batch = missing[begin : begin + self._encoder.batch]
                if is_kept:
                    is_kept = self._make_and_keep(asked, batch)
                else:
                    asked.vectors[batch] = self._encode(asked, batch)
                yield begin + len(batch)
        finally:
            if is_kept:
                with suppress(OSError):  # what does not reach the disk will not match its checksum
                    self._file.sync()

    def _make_and_keep(self, asked: "_Asked", batch: Int64[np.ndarray, " some"]) -> bool:
        """Make the vectors of a batch that nobody made meanwhile; say whether the disk takes them."""
        made = None
        try:
            with self._file.writing():
                batch = self._read_known(asked, batch)
                if len(batch):
                    made = self._encode(asked, batch)
                    asked.vectors[batch] = made
                    self._file.append([asked.keys[at] for at in batch.tolist()], made)
        except OSError as error:
            self._announce(f"no cache of vectors: {reason_of(error)}")
            if made is None:
                asked.vectors[batch] = self._encode(asked, batch)
            return False
        return True

    def _encode(
        self, asked: "_Asked", batch: Int64[np.ndarray, " some"]
    ) -> Float32[np.ndarray, "some dim"]:
        made = self._encoder.encode([asked.values[at] for at in batch.tolist()])
        if not np.isfinite(made).all():
            raise SpecError(
                f"The encoder {self._encoder.name} makes vectors that are no numbers (NaN or infinite).",
                remedy="Its files are damaged, or a value is broken: try it on some values, or choose another.",
            )
        return made


class _Asked:
    """Distinct values with their keys, and room for their vectors."""

    def __init__(
        self, places: dict[bytes, int], values: Values, hashes: list[bytes], dim: int
    ) -> None:
        self.keys = [*places]
        self.values: list[Any] = [None] * len(places)
        for key, value in zip(hashes, values, strict=True):
            self.values[places[key]] = value
        self.vectors = np.empty((len(places), dim), np.float32)
