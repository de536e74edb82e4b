"""Photos are pictures of what the product is."""

import io

import numpy as np
import pytest
from PIL import Image

from banian.datasets.marketplace.attributes import draw_attributes
from banian.datasets.marketplace.lexicon import PATTERNS
from banian.datasets.marketplace.market import Market
from banian.datasets.marketplace.photos import SIDE, draw_photos
from banian.datasets.marketplace.random_streams import RandomStreams


@pytest.fixture(scope="module")
def attributes():
    return draw_attributes(Market(photos=0.8), RandomStreams(3), np.arange(240) % 8)


@pytest.fixture(scope="module")
def photos(attributes):
    return draw_photos(RandomStreams(3).of("photos"), attributes, attributes.has_photo)


def opened(photo):
    return np.asarray(Image.open(io.BytesIO(photo)).convert("RGB"), float)


def test_those_who_have_none_get_none(attributes, photos):
    assert [photo is not None for photo in photos] == attributes.has_photo.tolist()
    assert 0.7 < attributes.has_photo.mean() < 0.9


def test_they_are_jpeg_and_png_of_one_size(photos):
    pictures = [Image.open(io.BytesIO(photo)) for photo in photos if photo]
    assert {picture.format for picture in pictures} == {"JPEG", "PNG"}
    assert {picture.size for picture in pictures} == {(SIDE, SIDE)}


def test_the_same_seed_draws_the_same_and_another_does_not(attributes, photos):
    again = draw_photos(RandomStreams(3).of("photos"), attributes, attributes.has_photo)
    other = draw_photos(RandomStreams(4).of("photos"), attributes, attributes.has_photo)
    assert again == photos
    assert all(one != two for one, two in zip(photos, other, strict=True) if one)


def test_a_photo_does_not_depend_on_which_others_are_drawn(attributes, photos):
    alone = draw_photos(RandomStreams(3).of("photos"), attributes, np.arange(240) == 17)
    every = draw_photos(RandomStreams(3).of("photos"), attributes, np.ones(240, bool))
    assert alone[17] == every[17]
    assert sum(photo is not None for photo in alone) == 1


def test_colours_are_seen_in_the_middle(attributes, photos):
    middles = {}
    for at, photo in enumerate(photos):
        if photo and attributes.pattern[at] == 0 and attributes.kind[at] % 4 != 3:
            patch = opened(photo)[40:56, 40:56].mean(axis=(0, 1))
            middles.setdefault(int(attributes.colour[at]), []).append(patch)
    means = {colour: np.mean(patches, axis=0) for colour, patches in middles.items()}
    nearest = [
        min(means, key=lambda colour: ((means[colour] - patch) ** 2).sum()) == true
        for true, patches in middles.items()
        for patch in patches
    ]
    assert np.mean(nearest) > 0.95


def test_patterns_show_as_changes_along_rows_and_columns(attributes, photos):
    strengths = {pattern: [] for pattern in range(len(PATTERNS))}
    for at, photo in enumerate(photos):
        if photo and attributes.kind[at] % 4 != 3:
            patch = opened(photo)[34:62, 34:62].mean(axis=2)
            down, across = patch.mean(axis=1).std(), patch.mean(axis=0).std()
            strengths[int(attributes.pattern[at])].append((down, across, patch.std()))
    plain, striped, dotted, checked = (np.mean(strengths[at], axis=0) for at in range(4))
    assert striped[0] > 3 * striped[1]
    assert min(striped[2], dotted[2], checked[2]) > 2 * plain[2]
