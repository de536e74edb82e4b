"""A service with its pages, and Debian's Chromium to open them."""

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from item_shop import fit_item_shop
from services import Served, listening

from banian.schema.keyed_hash import KEY
from banian.serving.keys import add_key
from banian.serving.service import Service
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings
from banian.studio import build_pages


@pytest.fixture(scope="session")
def fitted(make_once) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, KEY, "a secret of thirty-two letters or more")
        yield make_once("item-shop", fit_item_shop)


def serve(run: Path, **settings) -> tuple[Service, io.StringIO]:
    log = io.StringIO()
    given = ServiceSettings(run=run, deadline=30.0, watch=3600.0, **settings)
    return Service(given, None, ServiceLog(log)), log


@pytest.fixture(scope="session")
def run(fitted, tmp_path_factory) -> Path:
    return shutil.copytree(fitted / "run", tmp_path_factory.mktemp("studio") / "run")


@pytest.fixture(scope="session")
def studio(run) -> Iterator[Served]:
    with listening(*serve(run), build_pages) as served:
        yield served


@pytest.fixture(scope="session")
def locked(run) -> Iterator[tuple[Served, str]]:
    """A service that asks for keys, and one that opens all but what others ask."""
    keys = run.parent / "keys.json"
    key = add_key(keys, "front", scope={"tasks": ("click", "buy", "next")})
    with listening(*serve(run, keys=keys), build_pages) as served:
        yield served, key


@pytest.fixture(scope="session")
def chromium():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
