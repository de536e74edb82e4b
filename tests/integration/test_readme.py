"""What the README shows is what one gets."""

import re
from pathlib import Path

import pytest

from banian.datasets import write_corner_shop
from banian.datasets.marketplace import PRESETS
from banian.datasets.marketplace.shop_yaml import shop_yaml

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_declaration_is_that_of_the_demo():
    assert blocks("yaml") == [shop_yaml(PRESETS["small"])]


@pytest.mark.usefixtures("quick_fit")
def test_the_python_example_runs(tmp_path, monkeypatch):
    (example,) = blocks("python")
    monkeypatch.chdir(tmp_path)
    spec = write_corner_shop("tables", customers=150).read_text()
    Path("shop.yaml").write_text(f"{spec}train: {{epochs: 1, seeds: 1}}\n")
    names: dict[str, object] = {}
    exec(example, names)
    assert Path("runs/shop/bundle/SHA256SUMS").is_file()


@pytest.mark.parametrize(
    "command", ["check", "fit", "predict", "propose", "report", "simulate", "store"]
)
def test_every_command_is_shown(command):
    assert f"$ banian {command} " in README
