import re
from xml.etree import ElementTree

import pytest

from banian.report.pictures.dot_plot import Dot, draw_dots


def texts(svg: str) -> list[str]:
    return [node.text for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]


def draw(*dots: Dot) -> str:
    return draw_dots(dots, title="skill", domain=(0.0, 1.0), rules=(0.0,))


def test_each_dot_stands_under_its_name_and_number():
    said = texts(draw(Dot("click", "auc 0.7", 0.5), Dot("spend", "mae 3", 0.2)))
    assert {"click", "auc 0.7", "spend", "mae 3", "skill"} <= set(said)


def test_names_are_escaped():
    assert "<b>&" in texts(draw(Dot("<b>&", "x", 0.5)))


def test_two_long_names_that_end_differently_differ():
    name = "a_name_with_so_many_letters_that_it_has_no_room"
    said = texts(draw(Dot(f"{name}_1", "x", 0.5), Dot(f"{name}_2", "x", 0.5)))
    short = [text for text in said if "…" in text]
    assert len(set(short)) == 2
    assert all(len(text) <= 30 for text in short)


@pytest.mark.parametrize(
    "dot", [Dot("a", "x", None), Dot("a", "x", 0.5), Dot("a", "x", 7.0, (5.0, 9.0))]
)
def test_what_is_absent_or_outside_does_no_harm(dot):
    svg = draw(dot)
    places = [float(x) for x in re.findall(r"translate\((-?[\d.]+),", svg)]
    assert all(-50 <= place <= 400 for place in places)
