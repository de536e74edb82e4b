"""The wheel alone, with its core dependencies and nothing else, simulates, fits and predicts.

Nothing is fetched: the environment is new and empty, and sees of the installed packages exactly those that the wheel's
own metadata asks for without extras, those that these ask for, and so on, as links. What only the tests or an extra
bring along is not there.
"""

import email
import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
NOT_CORE = (
    "beartype",
    "hypothesis",
    "pyspark",
    "sklearn",
    "mlflow",
    "wandb",
    "tensorboard",
    "cvxpy",
    "pytest",
)
SHOP = """
shop: wheel
tables:
  impressions:
    source: impressions.parquet
    key: impression_id
    time: shown_at
    links: {customer_id: customers, product_id: products}
    known_at: {clicked: clicked_known_at}
    ignore: [carted, bought, carted_known_at, bought_known_at]
  customers: {source: customers.parquet, key: customer_id, time: joined_at}
  products: {source: products.parquet, key: product_id, time: launched_at}
tasks:
  click: PREDICT impressions.clicked FOR EACH impressions
split: {valid: 2025-01-22, test: 2025-01-31}
model: {entity_width: 4, sharing: {kind: shared_bottom, width: 4}}
train: {epochs: 1, seeds: 1}
serve_with: joint
"""


def asked_for(requires: list[str]) -> dict[str, Distribution]:
    """Follow requirements, extras that they name included, to all distributions that they need."""
    found: dict[str, Distribution] = {}
    done: set[tuple[str, str]] = set()
    waiting = [(Requirement(text), "") for text in requires]
    while waiting:
        required, extra = waiting.pop()
        if required.marker is not None and not required.marker.evaluate({"extra": extra}):
            continue
        for wanted in ("", *required.extras):
            if (required.name, wanted) not in done:
                done.add((required.name, wanted))
                found[required.name] = distribution(required.name)
                more = found[required.name].requires or []
                waiting += [(Requirement(text), wanted) for text in more]
    return found


def link(packages: dict[str, Distribution], folder: Path) -> None:
    for package in packages.values():
        site = Path(str(package.locate_file("")))
        for top in {file.parts[0] for file in package.files or () if file.parts[0] != ".."}:
            if top != "__pycache__" and not (folder / top).exists():
                (folder / top).symlink_to(site / top)


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """An environment with the wheel and its core dependencies."""
    home = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    make = ("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir")
    subprocess.run([*pip, *make, home / "dist", ROOT], check=True, capture_output=True)
    (wheel,) = (home / "dist").glob("banian-*.whl")
    with zipfile.ZipFile(wheel) as file:
        (metadata,) = [name for name in file.namelist() if name.endswith("METADATA")]
        requires = email.message_from_bytes(file.read(metadata)).get_all("Requires-Dist")
    venv.create(home / "env", with_pip=False, symlinks=True)
    (home / "core").mkdir()
    link(asked_for(requires), home / "core")
    (site,) = (home / "env/lib").glob("python*/site-packages")
    (site / "core.pth").write_text(str(home / "core") + "\n")
    install = ("install", "--no-deps", "--no-index", wheel)
    subprocess.run([*pip, "--python", home / "env/bin/python", *install], check=True)
    return home / "env/bin"


def run(program: Path, *words: object, where: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [program, *map(str, words)],
        cwd=where,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_alone_simulates_fits_and_predicts(bare: Path, tmp_path: Path):
    look = "import banian, importlib.util as u, json, sys; "
    look += "print(json.dumps([u.find_spec(name) is not None for name in sys.argv[1:]]))"
    there = json.loads(run(bare / "python", "-c", look, *NOT_CORE, "lightgbm", where=tmp_path))
    assert there == [False] * len(NOT_CORE) + [True]
    banian = bare / "banian"
    small = ("--preset", "small", "--customers", 40, "--days", 60)
    run(banian, "simulate", "tables", *small, where=tmp_path)
    (tmp_path / "shop.yaml").write_text(SHOP)
    fitted = json.loads(
        run(
            banian, "fit", "shop.yaml", "--data", "tables", "--out", "run", "--json", where=tmp_path
        )
    )
    assert fitted["tasks"]["click"]["rows"] > 0
    said = ("predict", "run/bundle", "--data", "tables", "--output", "said.parquet")
    run(banian, *said, where=tmp_path)
    told = pq.read_table(tmp_path / "said.parquet")
    assert set(told["task"].to_pylist()) == {"click"}
    assert 0 < told["value"].to_numpy().mean() < 1
