"""Pictures as numbers without a network: directions of edges, and colours by place.

Source: Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005.
"""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32
from PIL import Image

_SIDE, _CELL, _DIRECTIONS = 64, 8, 9
_COLOURS, _PLACES = 4, 2


def describe(pictures: Sequence[bytes]) -> Float32[np.ndarray, "picture number"]:
    """Give the histograms of edges and the shares of 64 colours in four quarters of each JPEG or PNG."""
    return np.stack([_describe(picture) for picture in pictures])


def _describe(picture: bytes) -> Float32[np.ndarray, " number"]:
    with Image.open(io.BytesIO(picture)) as opened:
        pixels = np.asarray(opened.convert("RGB").resize((_SIDE, _SIDE)), np.float32) / 255
    return np.concatenate([_edges(pixels.mean(axis=2)), _colours(pixels)])


def _edges(grey: Float32[np.ndarray, "row column"]) -> Float32[np.ndarray, " number"]:
    down, right = np.gradient(np.sqrt(grey))
    strength = np.hypot(down, right)
    turn = (np.arctan2(down, right) % np.pi) / np.pi * _DIRECTIONS
    cells = _SIDE // _CELL
    place = np.arange(_SIDE) // _CELL
    cell = place[:, None] * cells + place
    low = np.floor(turn).astype(np.int64)
    histogram = np.zeros(cells * cells * _DIRECTIONS)
    for direction, share in ((low, low + 1 - turn), (low + 1, turn - low)):
        at = cell * _DIRECTIONS + direction % _DIRECTIONS
        weights = (strength * share).ravel()
        histogram += np.bincount(at.ravel(), weights=weights, minlength=len(histogram))
    grid = histogram.reshape(cells, cells, _DIRECTIONS)
    blocks = np.concatenate([grid[:-1, :-1], grid[1:, :-1], grid[:-1, 1:], grid[1:, 1:]], axis=2)
    lengths = np.sqrt(np.square(blocks).sum(axis=2, keepdims=True) + 1e-4)
    return (blocks / lengths).astype(np.float32).ravel()


def _colours(pixels: Float32[np.ndarray, "row column 3"]) -> Float32[np.ndarray, " number"]:
    levels = np.minimum((pixels * _COLOURS).astype(np.int64), _COLOURS - 1)
    colour = levels @ np.array([_COLOURS**2, _COLOURS, 1])
    place = np.arange(_SIDE) * _PLACES // _SIDE
    quarter = place[:, None] * _PLACES + place
    counts = np.bincount(
        (quarter * _COLOURS**3 + colour).ravel(), minlength=_PLACES**2 * _COLOURS**3
    )
    return np.sqrt(counts / (_SIDE // _PLACES) ** 2).astype(np.float32)
