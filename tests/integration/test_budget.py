"""A fit of the corner shop for a first look, and with a budget that is too small for all that the spec declares."""

import json

import pytest
from typer.testing import CliRunner

import banian
from banian.bundle import load_bundle
from banian.cli.main import app
from banian.errors import RunError
from banian.selection.budget import Course
from banian.spec import TrainSpec
from banian.workflows.held_course import hold_course


@pytest.fixture
def fit(run, tmp_path):
    def fit(*options):
        arguments = ["fit", str(run.spec), "--out", str(tmp_path / "run"), *options]
        return CliRunner().invoke(app, arguments)

    return fit


def test_a_first_look_says_what_it_left_out(fit, tmp_path):
    found = fit("--quick", "--set", "train.epochs=1", "--json")
    assert found.exit_code == 0, found.output
    said = json.loads(found.stdout.splitlines()[-1])
    assert said["left_out"] == ["rows beyond 20,000 of a grain", "networks of other seeds"]
    bundle = load_bundle(tmp_path / "run" / "bundle")
    assert set(bundle.card["left_out"]) == {"rows", "seeds"}
    assert len(bundle.joint.members) <= 3  # sets of moments of one network
    assert CliRunner().invoke(app, ["report", str(tmp_path / "run")]).exit_code == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "want of time: rows beyond 20,000 of a grain, networks of other seeds." in page


def test_a_budget_that_is_too_small_takes_the_cheapest_course(fit):
    found = fit("--minutes", "0.001")
    assert found.exit_code == 0, found.output
    assert "Left out for want of time: 2 of 3 networks of different seeds" in found.stdout
    assert "epochs." in found.stdout


@pytest.mark.parametrize("options", [("--minutes", "0"), ("--minutes", "1", "--quick")])
def test_a_budget_is_above_0_and_not_beside_a_first_look(fit, options):
    found = fit(*options)
    assert found.exit_code == 2
    assert "above 0, and not --quick" in found.output


def test_a_first_look_is_not_gone_on_with_as_a_whole_fit(run, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    spec = banian.load_spec(run.spec, overrides=("train.epochs=1",))
    where = {"data": run.spec.parent, "out": tmp_path / "run"}
    with monkeypatch.context() as patch:
        patch.setattr("banian.workflows.fit.calibrate", interrupt)
        with pytest.raises(KeyboardInterrupt):
            banian.fit(spec, **where, quick=True)
    with pytest.raises(RunError, match="belongs to a run with another course"):
        banian.fit(spec, **where, resume=True)
    assert banian.fit(spec, **where, quick=True, resume=True).left_out


def test_a_run_that_is_resumed_goes_on_by_the_course_that_it_had_chosen(tmp_path):
    path = tmp_path / "checkpoints" / "course.json"
    course = Course(TrainSpec(seeds=2), ("joint", "trees"), {"twins": "single-task twins"})
    assert hold_course(path, lambda: course, resume=False) == course
    assert hold_course(path, lambda: pytest.fail("chosen anew"), resume=True) == course
    other = Course(TrainSpec(seeds=1), ("joint",))
    assert hold_course(path, lambda: other, resume=False) == other
    path.write_text("{")
    with pytest.raises(RunError, match="is damaged"):
        hold_course(path, lambda: course, resume=True)
