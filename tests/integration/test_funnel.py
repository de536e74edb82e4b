"""The gallery's funnel over scenes, on a marketplace of forty customers."""

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from banian.bundle import load_bundle
from banian.predictions import chain_of, joint_probability
from banian.spec import ESMMSpec, PEPNetSpec, parse_spec
from banian.workflows.fit import fit
from banian.workflows.simulate import simulate

STORY = Path(__file__).parents[2] / "gallery" / "funnel.yaml"
SMALL = ("customers=40", "products=30", "merchants=4")
QUICK = ("train.epochs=1", "train.batch_rows=1024", "model.entity_width=8", "train.seeds=1")


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("funnel") / "tables"
    simulate(folder, preset="small", settings=SMALL)
    return folder


def test_the_commands_of_the_story_are_those_that_are_tried_here():
    head = [line for line in STORY.read_text().splitlines() if line.startswith("# banian ")]
    assert head[0] == "# banian simulate runs/funnel/tables --preset small"
    assert head[1] == "# banian fit gallery/funnel.yaml --data runs/funnel/tables --out runs/funnel"


@pytest.mark.usefixtures("quick_fit")
def test_the_funnel_is_fitted_over_the_entire_space_and_its_steps_multiply(tables, tmp_path):
    spec = parse_spec(STORY.read_text(), overrides=QUICK)
    assert isinstance(spec.model.scenes, PEPNetSpec)
    assert isinstance(spec.model.dependence, ESMMSpec)
    result = fit(spec, tables, tmp_path / "run")
    assert set(result.scores) == {"click", "cart", "purchase", "returned"}
    bundle = load_bundle(result.bundle)
    given = bundle.grains["rows of impressions"].given
    chain = chain_of("purchase", given)
    assert chain == ("click", "purchase")
    assert set(bundle.joint.members[0].space.chains) == {"cart", "purchase"}
    said = pq.read_table(tmp_path / "run" / "test_predictions.parquet")
    steps = [said.filter(pc.field("task") == task)["value"].to_numpy() for task in chain]
    joint = joint_probability(steps)
    assert len(joint) == len(steps[0]) > 500
    assert (joint <= np.minimum(*steps)).all()
    assert len(np.unique(joint)) > 100
