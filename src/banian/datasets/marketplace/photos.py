"""Photos of products, drawn from what they are: shape by kind, colour, pattern, background, noise, light."""

import io

import numpy as np
from PIL import Image, ImageDraw

from banian.datasets.marketplace.attributes import KINDS_OF_CATEGORY, Attributes

SIDE = 96
_COLOURS = np.array(
    [
        [35, 35, 40], [238, 236, 228], [128, 130, 134], [196, 38, 42],
        [40, 74, 168], [46, 128, 62], [226, 190, 44], [230, 122, 168],
    ]
)  # fmt: skip
_PNG = 0.15  # share of photos that are no JPEG
_STRIPE = 10  # pixels from one stripe to the next
_FROM_MIDDLE = np.arange(SIDE) - SIDE / 2


def draw_photos(
    generator: np.random.Generator, attributes: Attributes, wanted: np.ndarray
) -> list[bytes | None]:
    """Draw a photo of every product that is `wanted`, as the bytes of a JPEG or PNG; None of the others."""
    return [
        _draw(
            np.random.Generator(np.random.SFC64(seed)),
            int(attributes.kind[at]),
            _COLOURS[attributes.colour[at]],
            int(attributes.pattern[at]),
        )
        if wanted[at]
        else None
        for at, seed in enumerate(generator.integers(0, 2**62, len(wanted)).tolist())
    ]


def _draw(generator: np.random.Generator, kind: int, colour: np.ndarray, pattern: int) -> bytes:
    """Lay the shape, filled with its colour and pattern, on a background; add noise."""
    parts = generator.random(12)
    tone = colour + 24 * (parts[:3] - 0.5)
    other = np.where(tone.mean() > 128, tone - 85, tone + 85)
    ground = np.full(3, 205 + 40 * parts[10])
    palette = np.stack([ground, tone, other]).astype(np.int16)
    inside = _shape(kind, parts[3:7])
    marked = inside & _marks(pattern, parts[7:10])
    pixels = palette.take(inside.view(np.uint8) + marked.view(np.uint8), axis=0)
    light = ((parts[11] - 0.5) * 0.5 * _FROM_MIDDLE).astype(np.int16)
    noise = generator.integers(-12, 13, (SIDE, SIDE), dtype=np.int8) + light[:, None]
    pixels += noise[:, :, None]
    np.clip(pixels, 0, 255, out=pixels)
    form = "PNG" if generator.random() < _PNG else "JPEG"
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, form)
    return file.getvalue()


def _shape(kind: int, parts: np.ndarray) -> np.ndarray:
    """Draw the silhouette of a kind, moved and scaled a little: True where the product is."""
    category, noun = divmod(kind, KINDS_OF_CATEGORY)
    middle = SIDE / 2 + 10 * (parts[:2] - 0.5)
    size = SIDE * (0.3 + 0.08 * parts[2])
    wide, high = ((1.0, 1.0), (0.7, 1.1), (1.15, 0.7), (0.85, 0.85))[noun]
    box = (
        *(middle - size * np.array([wide, high])),
        *(middle + size * np.array([wide, high])),
    )
    mask = Image.new("L", (SIDE, SIDE), 0)
    pen = ImageDraw.Draw(mask)
    turn = 0.3 * (parts[3] - 0.5)
    corners = 3 + category  # of categories from the third on; the first two are round
    if category == 0:
        pen.rounded_rectangle(box, 12, fill=1)
    elif category == 1:
        pen.ellipse(box, fill=1)
    else:
        angle = turn - np.pi / 2 + 2 * np.pi * np.arange(2 * corners) / (2 * corners)
        radius = np.where(np.arange(2 * corners) % 2, 0.62 + 0.1 * (noun % 2), 1.0) * size
        points = np.stack([wide * np.cos(angle) * radius, high * np.sin(angle) * radius], axis=1)
        pen.polygon([tuple(point) for point in (points + middle).tolist()], fill=1)
    if noun == 3:  # with a hole in it
        hole = size * 0.22
        pen.ellipse((*(middle - hole), *(middle + hole)), fill=0)
    return np.asarray(mask, bool)


def _marks(pattern: int, parts: np.ndarray) -> np.ndarray:
    """Say which pixels a pattern (plain, striped, dotted, checked) paints in the other tone."""
    step = _STRIPE + 4 * parts[0]
    across, down = (_FROM_MIDDLE + step * part for part in parts[1:])
    if pattern == 1:
        return np.repeat((down % step < step / 2)[:, None], SIDE, axis=1)
    if pattern == 2:
        away = [(place % step - step / 2) ** 2 for place in (down, across)]
        return np.asarray(away[0][:, None] + away[1] < (0.33 * step) ** 2)
    if pattern == 3:
        return np.asarray((down % step < step / 2)[:, None] ^ (across % step < step / 2))
    return np.zeros((SIDE, SIDE), bool)
