"""What one can import, and what that loads."""

import subprocess
import sys

import banian


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(said.stdout.split())


def test_the_surface_is_small():
    assert banian.__all__ == sorted(banian.__all__)
    assert dir(banian) == banian.__all__
    expected = (
        "BanianError Bundle Client ShopSpec check fit load load_spec predict propose simulate"
    )
    assert banian.__all__ == expected.split()
    assert all(getattr(banian, name) is not None for name in banian.__all__)


def test_folders_are_there_after_import_banian_alone():
    assert "banian.spec" in loaded_by("import banian; banian.spec.parse_question")
    assert "banian.training" not in loaded_by("import banian; hasattr(banian, 'spec')")
    assert not hasattr(banian, "nothing")


def test_help_and_errors_load_no_torch():
    statement = "from banian.cli.main import app; app(['fit', '--help'], standalone_mode=False)"
    assert "torch" not in loaded_by(statement)


def test_checking_loads_no_torch():
    assert "torch" not in loaded_by("import banian.workflows.check")


def test_proposing_loads_no_torch():
    assert "torch" not in loaded_by("import banian.workflows.propose")


def test_a_bundle_loads_no_training():
    assert "banian.training" not in loaded_by("import banian.bundle, banian.workflows.predict")
