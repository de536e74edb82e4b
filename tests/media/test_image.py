import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import decoded, encoded, gradient, hollow_png
from PIL import Image

from banian.media import MediaRefusal, image, pixels, safe_image


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP"])
def test_every_format_keeps_what_is_seen(form):
    kept = decoded(safe_image(encoded(gradient(50, 40), form)))
    assert kept.shape == (40, 50, 3)
    assert np.abs(kept - np.asarray(gradient(50, 40)).astype(int)).mean() < 4


@pytest.mark.parametrize("size", [(1, 1), (64, 3), (65, 3), (900, 30), (256, 257), (3000, 1)])
def test_the_longer_side_is_at_most_256_and_the_shape_stays(size):
    kept = decoded(safe_image(encoded(gradient(*size), "PNG")))
    scale = min(1, 256 / max(size))
    for is_now, was in zip(kept.shape[1::-1], size, strict=True):
        assert abs(is_now - max(1, was * scale)) <= 1
    assert max(kept.shape) <= 256


def test_small_images_keep_every_bit():
    np.testing.assert_array_equal(
        decoded(safe_image(encoded(gradient(64, 20), "PNG"))), np.asarray(gradient(64, 20))
    )


def test_it_stands_as_the_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees, clockwise
    kept = decoded(safe_image(encoded(gradient(60, 40), "JPEG", exif=exif, quality=95)))
    turned = np.rot90(np.asarray(gradient(60, 40)).astype(int), -1)
    assert kept.shape == turned.shape
    assert np.abs(kept - turned).mean() < 4


def test_what_can_be_seen_through_stands_on_white():
    half = gradient(20, 20)
    half.putalpha(Image.fromarray(np.repeat([[0, 255]], 10, axis=1).repeat(20, 0).astype(np.uint8)))
    kept = decoded(safe_image(encoded(half, "PNG")))
    assert (kept[:, :10] == 255).all()
    np.testing.assert_array_equal(kept[:, 10:], np.asarray(gradient(20, 20))[:, 10:])


def test_a_palette_with_a_transparent_colour_stands_on_white():
    palette = gradient(8, 8).quantize(4)
    kept = decoded(safe_image(encoded(palette, "PNG", transparency=0)))
    seen = np.asarray(palette) == 0
    assert (kept[seen] == 255).all()
    assert (kept[~seen] != 255).any()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_mode_becomes_colours(mode):
    picture = gradient(30, 30).convert(mode)
    seen = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(decoded(safe_image(encoded(picture, "PNG"))), seen)


def test_printers_colours_become_screens_colours():
    kept = decoded(safe_image(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")))
    assert np.abs(kept - (255, 0, 0)).max() < 8


def test_sixteen_bits_of_grey_become_eight():
    grey = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    kept = decoded(safe_image(encoded(Image.fromarray(grey), "PNG")))
    np.testing.assert_array_equal(kept[..., 0], grey >> 8)


def test_of_an_animation_the_first_frame_is_kept():
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue", "lime")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (decoded(safe_image(data)) == (255, 0, 0)).all()


def test_nothing_but_pixels_lives_on():
    exif = Image.Exif()
    exif[0x013B] = "SECRET artist"
    data = encoded(
        gradient(90, 90), "JPEG", exif=exif, comment=b"SECRET", icc_profile=b"SECRET" * 99
    )
    assert b"SECRET" in data
    assert b"SECRET" not in safe_image(data + b"SECRET behind the end")
    assert b"SECRET" not in safe_image(
        encoded(gradient(9, 9), "PNG", icc_profile=b"SECRET" * 99, exif=exif)
    )


def test_a_damaged_note_of_the_camera_costs_no_image():
    data = encoded(gradient(70, 70), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12")
    assert decoded(safe_image(data)).shape == (70, 70, 3)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"\0", "is no image in PNG, JPEG, WebP, GIF or BMP"),
        (b"a text, whatever its name", "is no image in PNG, JPEG, WebP, GIF or BMP"),
        (encoded(gradient(9, 9), "TIFF"), "is no image in PNG, JPEG, WebP, GIF or BMP"),
        (encoded(gradient(90, 90), "JPEG")[:-300], "is damaged or cut off"),
        (encoded(gradient(90, 90), "PNG")[:-100], "is damaged or cut off"),
        (hollow_png(300, 300), "is damaged or cut off"),
        (hollow_png(10_000, 10_000), "has more than 40 million pixels"),
        (hollow_png(100_000, 100_000), "has more than 40 million pixels"),
        (hollow_png(7_000, 7_000), "has more than 40 million pixels"),
        (encoded(gradient(9, 9), "PNG") + bytes(image.MOST_BYTES), "has more than 20 MiB"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_no_image_is_refused(data, reason):
    with pytest.raises(MediaRefusal) as caught:
        safe_image(data)
    assert caught.value.reason == reason


def test_an_image_without_pixels_is_refused():
    with pytest.raises(MediaRefusal):
        safe_image(hollow_png(0, 0))


@given(
    st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=5)), min_size=1, max_size=5),
)
def test_broken_bytes_are_an_image_or_a_reason(form, changes):
    data = encoded(gradient(20, 15), form)
    for place, inserted in changes:
        at = int(place * len(data))
        data = data[:at] + inserted + data[at + 2 :]
    try:
        kept = safe_image(data)
    except MediaRefusal as refusal:
        assert refusal.reason  # noqa: PT017 — anything else is a fault
    else:
        assert pixels(kept, 16).shape == (3, 16, 16)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_image(data):
    with pytest.raises(MediaRefusal):
        safe_image(data)


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (10, 5), (256, 1), (1, 256)])
def test_pixels_are_all_of_the_image_in_the_middle_on_white(size):
    told = pixels(safe_image(encoded(Image.new("RGB", size, "blue"), "PNG")), 64)
    assert told.shape == (3, 64, 64)
    assert told.dtype == np.uint8
    blue = told[0] < 128
    height, width = (max(1, round(64 * length / max(size))) for length in size[::-1])
    assert blue.any(axis=1).sum() == height
    assert blue.any(axis=0).sum() == width
    np.testing.assert_array_less(abs(blue.argmax(0)[32] - (64 - height) / 2), 1)
    assert (told[:, ~blue] > 240).all()


def test_threads_leave_the_filters_of_warnings_as_they_were():
    before = list(warnings.filters)
    data = encoded(gradient(60, 60), "PNG")
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(safe_image, [data] * 40))) == 1
    assert warnings.filters == before
