"""A bundle that is not what was saved is refused."""

import json

import pytest

from banian.bundle import load_bundle, manifest
from banian.errors import BundleError
from banian.storage import SUMS, write_sums

ALL = (
    *manifest.FILES,
    "joint/state.json",
    "joint/model.safetensors",
    "joint/vocabularies.arrow",
    "twins/spend.next/model.safetensors",
    "trees/kept/trees.txt",
    SUMS,
)


@pytest.mark.parametrize("name", ALL)
def test_a_file_that_is_missing(saved, name):
    (saved / name).unlink()
    with pytest.raises(BundleError) as caught:
        load_bundle(saved)
    assert name in caught.value.problem


@pytest.mark.parametrize(
    (
        "name",
        "share",
    ),  # one hash of all bytes is asked, so one place for each file; the sums are read
    [*((name, 0.5) for name in ALL), (manifest.CARD, 0), (SUMS, 0), (manifest.CARD, 1), (SUMS, 1)],
)
def test_a_file_that_was_cut_off(saved, name, share):
    content = (saved / name).read_bytes()
    left = int(len(content) * share) - (2 if share == 1 else 0)  # at least the last two bytes
    (saved / name).write_bytes(content[:left])
    with pytest.raises(BundleError, match="is not the file that was saved"):
        load_bundle(saved)


@pytest.mark.parametrize(
    ("name", "share", "bit"),  # 5 turns lower case into upper case
    [
        *((name, share, 0) for name in ALL for share in (0, 0.9)),
        *((SUMS, share, bit) for share in (0.3, 0.6) for bit in (0, 5)),
        *((SUMS, share, 5) for share in (0, 0.9)),
    ],
)
def test_a_file_with_one_other_bit(saved, name, share, bit):
    content = bytearray((saved / name).read_bytes())
    content[int(len(content) * share)] ^= 1 << bit
    (saved / name).write_bytes(content)
    with pytest.raises(BundleError, match="is not the file that was saved"):
        load_bundle(saved)


def test_a_file_with_one_more_byte(saved):
    with (saved / manifest.CARD).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(BundleError, match="is not the file that was saved"):
        load_bundle(saved)


def test_the_sums_of_another_bundle(saved):
    (saved / SUMS).write_text("".join(f"{'0' * 64}  {name}\n" for name in manifest.FILES))
    with pytest.raises(BundleError, match="is not the file that was saved"):
        load_bundle(saved)


def test_sums_that_are_no_text(saved):
    (saved / SUMS).write_bytes(bytes(range(256)))
    with pytest.raises(BundleError, match="is not the file that was saved"):
        load_bundle(saved)


def test_a_format_of_tomorrow(saved):
    state = json.loads((saved / manifest.STATE).read_text())
    state["format"] = manifest.FORMAT + 1
    (saved / manifest.STATE).write_text(json.dumps(state))
    write_sums(saved)
    with pytest.raises(BundleError, match=f"was written in format {manifest.FORMAT + 1}") as caught:
        load_bundle(saved)
    assert caught.value.remedy == "Install the newest Banian."


def test_a_format_of_yesterday(saved):
    state = json.loads((saved / manifest.STATE).read_text())
    state["format"] = manifest.FORMAT - 1
    (saved / manifest.STATE).write_text(json.dumps(state))
    write_sums(saved)
    with pytest.raises(BundleError, match="stores networks otherwise") as caught:
        load_bundle(saved)
    assert caught.value.remedy == "Fit it again."


def test_a_folder_without_a_bundle(tmp_path):
    (tmp_path / "bundle").mkdir()
    for folder in (tmp_path, tmp_path / "bundle", tmp_path / "nowhere"):
        with pytest.raises(BundleError, match="holds no bundle") as caught:
            load_bundle(folder)
        assert caught.value.problem.startswith(f"{folder} holds")
        assert "banian fit" in caught.value.remedy
