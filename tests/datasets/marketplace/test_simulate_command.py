"""banian simulate."""

import json

import pytest
from typer.testing import CliRunner

import banian
from banian.cli.main import app
from banian.datasets.marketplace import FILES, PRESETS
from banian.errors import SpecError

TINY = ["--preset", "small", "--customers", "20", "--days", "5"]


def run(*arguments):
    result = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, " ".join(result.stderr.split())


def test_it_writes_a_folder_and_says_what_is_next(tmp_path):
    code, said, _ = run(tmp_path / "shop", *TINY, "--days", 170)
    assert code == 0
    assert {path.name for path in (tmp_path / "shop").iterdir()} == FILES
    assert "impressions" in said
    assert f"banian fit {tmp_path / 'shop' / 'shop.yaml'} --out RUN" in said


def test_of_too_few_days_no_fit_is_proposed(tmp_path):
    _, said, _ = run(tmp_path, *TINY)
    assert "--out RUN" not in said
    assert "In 5 days too few labels become known" in said
    assert "--days 170" in said


def test_json_gives_the_market_and_the_rows(tmp_path):
    _, said, _ = run(tmp_path / "shop", *TINY, "--seed", 3, "--set", "drift=0.5", "--json")
    answer = json.loads(said)
    market = answer["market"]
    assert (market["customers"], market["days"], market["seed"]) == (20, 5, 3)
    assert market["drift"] == 0.5
    assert answer["rows"]["customers"] == 20


def test_an_earlier_simulation_is_replaced(tmp_path):
    run(tmp_path, *TINY)
    before = (tmp_path / "impressions.parquet").read_bytes()
    assert run(tmp_path, *TINY, "--seed", 8)[0] == 0
    assert (tmp_path / "impressions.parquet").read_bytes() != before


@pytest.mark.parametrize("simulated", [False, True])
def test_a_folder_with_something_else_is_left_as_it_is(tmp_path, simulated):
    if simulated:
        run(tmp_path, *TINY)
    (tmp_path / "notes.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, _, said = run(tmp_path, *TINY, "--seed", 9)
    assert code == 1
    assert "already holds 'notes.txt'" in said
    assert "Remedy: Name a new or empty folder" in said
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "shop").write_text("mine")
    code, _, said = run(tmp_path / "shop", *TINY)
    assert code == 1
    assert "is a file" in said
    assert (tmp_path / "shop").read_text() == "mine"


def test_an_interrupted_run_leaves_nothing(tmp_path):
    def stop(doing):
        if doing.startswith("day 3 "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        banian.simulate(tmp_path / "shop", preset="small", announce=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--days", "0"], "days: this must be greater than 0, not 0"),
        (["--days", "-3"], "days: this must be greater than 0, not -3"),
        (["--customers", "0"], "customers: this must be greater than 0, not 0"),
        (["--seed", "-1"], "seed: this must be greater than or equal to 0, not -1"),
        (["--set", "drift=2"], "drift: this must be less than or equal to 1, not 2"),
        (["--set", "drift=much"], "drift: this must be a number"),
        (["--set", "drift=[1"], "drift: this must be a number"),
        (["--set", "drift=.nan"], "drift: this must be"),
        (["--set", "visits=.inf"], "visits: this must be less than or equal to 24"),
        (["--set", "dirft=0.5"], "There is no knob 'dirft'. Remedy: Did you mean 'drift'?"),
        (["--set", "drift"], "Cannot read the setting 'drift'. Remedy: Write it like: --set"),
    ],
)
def test_an_impossible_market_is_refused_with_a_remedy(tmp_path, arguments, said):
    code, _, error = run(tmp_path / "shop", *arguments)
    assert code == 1
    assert said in error
    assert "Remedy: " in error
    assert not (tmp_path / "shop").exists()


def test_an_unknown_knob_lists_those_that_there_are(tmp_path):
    with pytest.raises(SpecError, match=r"leaving, .*merchant_heterogeneity, .*visits"):
        banian.simulate(tmp_path / "shop", settings=("colour=blue",))


def test_an_unknown_preset_lists_those_that_there_are(tmp_path):
    with pytest.raises(SpecError, match="marketplace, shop, small"):
        banian.simulate(tmp_path / "shop", preset="tiny")


def test_help_names_every_preset_and_knob():
    said = CliRunner().invoke(app, ["simulate", "--help"]).stdout
    market = PRESETS["shop"].model_dump()
    assert all(name in said for name in (*PRESETS, *market))
