"""Images: a stranger's bytes made safe and small, and what is kept as pixels.

What is kept is encoded anew from pixels alone: no place, name, thumbnail or hidden file of the original lives on.
"""

from io import BytesIO

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from banian.media.decoder_warnings import strict_decoders
from banian.media.refusal import MediaRefusal

MOST_BYTES = 20 * 2**20
"""Size of an image's file, at most."""
MOST_PIXELS = 40_000_000
"""Pixels of an image, at most; more are never decoded."""
LONGEST_SIDE = 256
"""Pixels of the longer side of what is kept, at most."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_LOSSLESS_SIDE = 64  # up to this, JPEG's blocks would be seen, and PNG is as small
_DAMAGED = "is damaged or cut off"
_WHITE = (255, 255, 255)


def safe_image(data: bytes) -> bytes:
    """Decode a PNG, JPEG, WebP, GIF or BMP and encode it anew: upright, RGB on white, the longer side at most 256.

    Of an animation the first frame is kept. Up to 64 pixels the result is PNG, else JPEG.

    Args:
        data: A file's bytes, of whatever content.

    Raises:
        MediaRefusal: it is empty, too large, no image of these formats, or damaged.

    """
    if not data:
        raise MediaRefusal("is empty")
    if len(data) > MOST_BYTES:
        raise MediaRefusal(f"has more than {MOST_BYTES // 2**20} MiB")
    with strict_decoders():
        image = _opened(data)
        try:
            return _encoded(_small(_upright(image)))
        except (
            Exception,
            Warning,
        ):  # decoders raise whatever a stranger's bytes make them stumble over
            raise MediaRefusal(_DAMAGED) from None
        finally:
            image.close()


def pixels(content: bytes, side: int) -> UInt8[np.ndarray, "3 side side"]:
    """Give what `safe_image` kept as a square of pixels: all of it in the middle, on white.

    It is padded, not cropped, because pictures of goods fill their frame: a crop would cut off shoes and bottles.
    White is what such pictures mostly stand on. Smaller images are enlarged.

    Args:
        content: What `safe_image` gave.
        side: Pixels of the square's side.

    """
    with strict_decoders(), Image.open(BytesIO(content), formats=("PNG", "JPEG")) as image:
        scale = side / max(image.size)
        width, height = (min(side, max(1, round(length * scale))) for length in image.size)
        image.draft("RGB", (2 * width, 2 * height))
        fitted = image.resize((width, height), Image.Resampling.BICUBIC)
    square = Image.new("RGB", (side, side), _WHITE)
    square.paste(fitted, ((side - width) // 2, (side - height) // 2))
    return np.ascontiguousarray(np.asarray(square).transpose(2, 0, 1))


def _opened(data: bytes) -> Image.Image:
    """Read an image's head, which decodes no pixel."""
    too_many = f"has more than {MOST_PIXELS // 10**6} million pixels"
    try:
        image = Image.open(BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise MediaRefusal(too_many) from None
    except UnidentifiedImageError:
        raise MediaRefusal("is no image in PNG, JPEG, WebP, GIF or BMP") from None
    except (Exception, Warning):  # as above
        raise MediaRefusal(_DAMAGED) from None
    width, height = image.size
    if width < 1 or height < 1:
        raise MediaRefusal("has no pixels")
    if width * height > MOST_PIXELS:
        raise MediaRefusal(too_many)
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Decode, and turn as the camera was held; a camera's note that is damaged turns nothing."""
    image.draft(
        None, (2 * LONGEST_SIDE, 2 * LONGEST_SIDE)
    )  # a JPEG is decoded at a fraction of its size
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except (Exception, Warning):
        return image


def _small(image: Image.Image) -> Image.Image:
    """Give eight bits of red, green and blue on white, at most 256 pixels wide and high."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    see_through = image.has_transparency_data
    image = image.convert("RGBA" if see_through else "RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    if not see_through:
        return image
    ground = Image.new("RGBA", image.size, (*_WHITE, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def _encoded(image: Image.Image) -> bytes:
    bare = Image.frombytes("RGB", image.size, image.tobytes())  # without profiles and comments
    written = BytesIO()
    if max(bare.size) <= _LOSSLESS_SIDE:
        bare.save(written, "PNG", optimize=True)
    else:
        bare.save(written, "JPEG", quality=90)
    return written.getvalue()
