"""banian export, as a person calls it: what does not go together is said before anything is read."""

import pytest
from typer.testing import CliRunner

from banian.cli.main import app


@pytest.mark.parametrize(
    ("options", "said"),
    [((), "--data DIR"), (("--data", "tables", "--int8"), "does not go with --one-set")],
)
def test_one_set_needs_tables_and_goes_without_8_bits(tmp_path, options, said):
    told = CliRunner().invoke(app, ["export", str(tmp_path), "--one-set", *options])
    assert told.exit_code == 2
    assert said in " ".join(told.output.split())
