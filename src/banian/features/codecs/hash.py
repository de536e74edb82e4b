"""A hash of text that stays the same on every machine and in every release.

Source: Fowler, Noll and Vo, FNV-1a with 64 bits, IETF draft-eastlake-fnv; Appleby, MurmurHash3, 2011, `fmix64`.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import UInt64

_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_FEW = (
    16  # so few texts are hashed byte by byte: an operation on arrays for each place takes longer
)


def hash_text(values: pa.Array | pa.ChunkedArray) -> UInt64[np.ndarray, " row"]:
    """Hash the UTF-8 bytes of every text into 64 bits by FNV-1a, a byte of all rows at a time; null is hashed as "".

    >>> [hex(code) for code in hash_text(pa.array(["", "a", "foobar"]))]
    ['0xcbf29ce484222325', '0xaf63dc4c8601ec8c', '0x85944171f73967e8']
    """
    texts = pa.chunked_array([values]) if isinstance(values, pa.Array) else values
    known = texts.cast(pa.large_string())
    if known.null_count:
        known = pc.fill_null(known, "")
    found = [_hash_chunk(chunk) for chunk in known.chunks]
    return np.concatenate([np.empty(0, np.uint64), *found])


def mix_bits(codes: UInt64[np.ndarray, " row"]) -> UInt64[np.ndarray, " row"]:
    """Let every bit depend on all, so that any of them are as good as the others; no two codes become one.

    >>> [hex(code) for code in mix_bits(np.array([0, 1], np.uint64))]
    ['0x0', '0xb456bcfc34c2cb2c']
    """
    shift = np.uint64(33)
    mixed = (codes ^ (codes >> shift)) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ (mixed >> shift)) * np.uint64(0xC4CEB9FE1A85EC53)
    return mixed ^ (mixed >> shift)


def _hash_chunk(texts: pa.Array) -> UInt64[np.ndarray, " row"]:
    _, offsets, content = texts.buffers()
    if not len(texts) or content is None:
        return np.full(len(texts), _OFFSET)
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    letters = np.frombuffer(content, np.uint8)
    if len(texts) <= _FEW:
        parts = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        return np.array([_hash_bytes(letters[a:b].tolist()) for a, b in parts], np.uint64)
    starts, lengths = ends[:-1], np.diff(ends)
    codes = np.full(len(texts), _OFFSET)
    # The longest first: the rows that still have a byte at some place are then the first so many.
    order = np.argsort(-lengths, kind="stable")
    starts, lengths = starts[order], lengths[order]
    waiting = np.searchsorted(-lengths, -np.arange(lengths[0]), "left")
    for place, rows in enumerate(waiting):
        codes[:rows] = (codes[:rows] ^ letters[starts[:rows] + place]) * _PRIME
    hashed = np.empty_like(codes)
    hashed[order] = codes
    return hashed


def _hash_bytes(text: Iterable[int]) -> int:
    code, prime = int(_OFFSET), int(_PRIME)
    for byte in text:
        code = ((code ^ byte) * prime) & 0xFFFFFFFFFFFFFFFF
    return code
