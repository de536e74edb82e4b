"""One fitted shop with items, and what recommends them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from item_shop import fit_item_shop

import banian
from banian.recommendation import Recommender
from banian.schema.keyed_hash import KEY


@pytest.fixture(scope="session", autouse=True)
def secret() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, KEY, "a secret of thirty-two letters or more")
        yield


@pytest.fixture(scope="session")
def item_run(secret, make_once) -> Path:
    return make_once("item-shop", fit_item_shop) / "run"


@pytest.fixture(scope="session")
def predictor(item_run):
    return banian.load(item_run)


@pytest.fixture(scope="session")
def recommender(predictor):
    return Recommender(predictor)
