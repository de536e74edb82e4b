"""What the pages are made of: nothing of the shop without a key, no text as a program, one style for all."""

import re

import pytest

from banian.report.result import Serving
from banian.studio.parts import verdict_of


@pytest.mark.parametrize("path", ["/", "/try", "/live", "/model"])
def test_a_page_holds_nothing_of_the_shop_and_forbids_what_it_does_not_need(locked, path):
    served, _ = locked
    got = served.client.get(path)
    assert got.status_code == 200
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    for word in ("items", "c1", "demand", "merchant"):
        assert not re.search(rf"\b{word}\b(?![\"'])", got.text.split("<main")[0])
    assert "http" not in got.text


@pytest.mark.parametrize("part", ["shop", "tasks", "card"])
def test_what_is_told_of_the_shop_needs_a_key_and_keeps_to_its_tasks(locked, part):
    served, key = locked
    assert served.client.get(f"/studio/{part}").status_code == 401
    told = served.client.get(f"/studio/{part}", headers={"Authorization": f"Bearer {key}"}).text
    assert "click" in told
    assert "demand" not in told


def test_scripts_and_style_are_given_again_only_when_they_changed(studio):
    for name in ("studio.js", "try.js", "studio.css", "vega.js"):
        got = studio.client.get(f"/studio/{name}")
        assert got.status_code == 200
        again = studio.client.get(f"/studio/{name}", headers={"If-None-Match": got.headers["etag"]})
        assert again.status_code == 304
    assert studio.client.get("/studio/nothing.js").status_code == 404


def test_pages_are_no_part_of_the_schema(studio):
    paths = studio.client.get("/openapi.json").json()["paths"]
    assert not [path for path in paths if path == "/" or path.startswith("/studio")]


def test_a_verdict_says_whether_tasks_helped_each_other():
    both = Serving(("joint",), "why", {"joint": 0.7812, "twin": 0.75})
    assert verdict_of(both) == "Learned together 0.7812, alone 0.75 on validation rows."
    assert verdict_of(Serving(("joint",), "why", {})).startswith("Only the one network")
